import { Aarch32Call } from '../aarch32/runtime.ts';
import { viewOf } from '../exception/modes.ts';
import { type HelperName, helperNames, isPureHelper } from '../helpers/signatures.ts';
import { Op, RuntimeCall } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';
import { coprocessorRows } from '../system/cp15/index.ts';
import { systemOperations, systemRegisters } from '../system/index.ts';
import type { RegisterRow } from '../system/row.ts';
import { type CellBytes, mayRaise } from './helper-accesses.ts';
import { writeTargets } from './register-functions.ts';

/** Where an instruction may write, as far as that does not depend on the moment. */
export interface Targets {
  /** Cells of 8 bytes, by address; flags and PC by `cellOfWrites`. */
  readonly cells: ReadonlySet<number>;
  /** And registers of 8 bytes, wherever they lie at the moment: those of MSR (banked register), Arm ARM DDI 0406C, B9.2.3. */
  readonly registers: ReadonlySet<number>;
}

const CELL_BYTES = 8;
const cellsOf = ({ at, bytes }: CellBytes): number[] => {
  const found: number[] = [];
  for (let cell = at & -CELL_BYTES; cell < at + bytes; cell += CELL_BYTES) found.push(cell);
  return found;
};
const SET_BYTES = [1, 2, 4, 8, 16] as const;
const CALL_SHIFT = 16;
const MODE_SHIFT = 4;
/** CPSR's fields; N, Z, C and V. */
const psr = [
  ...[cells.FLAGS_KIND, cells.DAIF, cells.AARCH32_MODE, cells.ITSTATE, cells.CPSR_Q, cells.CPSR_GE, cells.CPSR_E],
].flatMap((at) => cellsOf({ at, bytes: 4 }));
const spsrs = [sys.SPSR_EL1, sys.SPSR_EL2, sys.SPSR_abt, sys.SPSR_und, sys.SPSR_irq, sys.SPSR_fiq];

const isVector = (at: number): boolean => at >= cells.V && at < cells.PC_BASE;
/** Helpers are given the addresses of registers as constants: of sources too. */
const byHelper = (name: HelperName, args: readonly Node[]): number[] => [
  ...args
    .filter(({ op, imm }) => op === Op.const32 && isVector(imm))
    .flatMap(({ imm }) => cellsOf({ at: imm, bytes: 16 })),
  ...(mayRaise(name) ? cellsOf({ at: cells.FPSR, bytes: 4 }) : []),
];

function byRow(row: Pick<RegisterRow, 'name' | 'storage'> | undefined): number[] {
  if (row === undefined) return [];
  if (row.storage.kind === 'cell') return cellsOf({ at: row.storage.cell, bytes: 8 });
  return writeTargets(row.name).flatMap(({ to }) => cellsOf(to));
}
function byRuntime({ imm: call, imm2: operand }: Node): number[] {
  if (call === RuntimeCall.systemWrite) return byRow(systemRegisters[operand]);
  if (call === RuntimeCall.systemOperation)
    return writeTargets(systemOperations[operand]?.name ?? '').flatMap(({ to }) => cellsOf(to));
  if (call !== RuntimeCall.aarch32) return [];
  switch (operand >>> CALL_SHIFT) {
    case Aarch32Call.writeRegister:
      return byRow(coprocessorRows[operand & 0xffff]);
    case Aarch32Call.writeCpsr:
    case Aarch32Call.writeMode:
      return psr;
    case Aarch32Call.writeSpsr:
      return spsrs;
    default:
      return [];
  }
}
function bankedBy({ op, imm, imm2 }: Node): number[] {
  const isBanked = op === Op.runtime && imm === RuntimeCall.aarch32 && imm2 >>> CALL_SHIFT === Aarch32Call.writeBanked;
  const operand = imm2 & 0xffff;
  return isBanked ? [cells.X + 8 * viewOf(operand >>> MODE_SHIFT, operand & ((1 << MODE_SHIFT) - 1))] : [];
}

function byNode(node: Node): number[] {
  const { op, imm } = node;
  if (op >= Op.setCell8 && op <= Op.setCell128)
    return cellsOf({ at: imm, bytes: SET_BYTES[op - Op.setCell8] as number });
  if (op >= Op.branch) return [cells.PC_BASE];
  if (op === Op.runtime) return byRuntime(node);
  const isWriting = op === Op.call && !isPureHelper(imm);
  return isWriting ? byHelper(helperNames[imm] as HelperName, node.data as readonly Node[]) : [];
}

/** Of an instruction's nodes. */
export const targetsOf = (nodes: readonly Node[]): Targets => ({
  cells: new Set(nodes.flatMap(byNode)),
  registers: new Set(nodes.flatMap(bankedBy)),
});
