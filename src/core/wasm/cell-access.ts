import { Op } from '../ir/ops.ts';
import type { CodeWriter } from './code-writer.ts';
import { W } from './opcodes.ts';

const loads: Readonly<Record<number, number>> = {
  [Op.cell8]: W.i32Load8U,
  [Op.cell16]: W.i32Load16U,
  [Op.cell32]: W.i32Load,
  [Op.cell64]: W.i64Load,
};
const stores: Readonly<Record<number, number>> = {
  [Op.setCell8]: W.i32Store8,
  [Op.setCell16]: W.i32Store16,
  [Op.setCell32]: W.i32Store,
  [Op.setCell64]: W.i64Store,
};

/** Reads the state cell by Op.cell…, from the base on the stack. */
export function loadCell(out: CodeWriter, op: number, address: number): void {
  if (op === Op.cell128) out.simdMemory(W.v128Load, address);
  else out.memory(loads[op] as number, address);
}
/** Writes the value on the stack, above the base, by Op.setCell…. */
export function storeCell(out: CodeWriter, op: number, address: number): void {
  if (op === Op.setCell128) out.simdMemory(W.v128Store, address);
  else out.memory(stores[op] as number, address);
}
