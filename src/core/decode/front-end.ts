import type { Builder, Flow } from '../ir/builder.ts';
import { Builder32 } from '../ir/builder32.ts';
import type { TranslationConfig } from '../ir/config.ts';
import type { NodePool } from '../ir/node-pool.ts';
import type { I32 } from '../ir/types.ts';
import { ExceptionCall } from '../state/codes.ts';
import { type DecodedRow, extract } from './decoder.ts';

/** The page being translated, by offsets of whole units; a T32 instruction may reach two bytes beyond it. */
export interface InstructionReader {
  word(offset: number): number;
  half(offset: number): number;
}

/** An instruction set, as translation needs it: decodes, and lifts to IR. Offsets of T32 instructions are odd. */
export interface FrontEnd {
  /** For a block of which the nodes are taken from the pool. */
  builder(config: TranslationConfig, pool?: NodePool): Builder;
  /** Whether the instruction at the offset can be translated with this configuration: false sends it to a block of its own. */
  canStart(config: TranslationConfig, page: InstructionReader, offset: number): boolean;
  /** Lifts the instruction at the builder's offset, and says by `ir.next` where the one behind it is. */
  lift(ir: Builder, page: InstructionReader): Flow;
}

/** Lifts an instruction that matched a row; null is no encoding of the architecture. */
export function liftRow(ir: Builder, row: DecodedRow | null, word: number): Flow {
  if (row === null) return ir.undefined();
  const { group } = row;
  if (group.fp) {
    const { fpTrap, simdTrap } = ir.config;
    const trap = group.simd ? simdTrap : fpTrap;
    if (trap !== 0) return ir.exception(ExceptionCall.fpTrap, trap);
    if (ir instanceof Builder32) ir.checkFpEnabled();
  }
  return row.lift(ir as never, extract(row, word) as never);
}

/** The same under a condition. */
export function liftRowIf(ir: Builder32, condition: I32, row: DecodedRow | null, word: number): Flow {
  const lift = (): Flow => liftRow(ir, row, word);
  if (row?.group.computes && ir.computeIf(condition, lift)) return 'next';
  return ir.skipUnless(condition, lift);
}
