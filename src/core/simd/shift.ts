import type { Builder } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import { fill, type Lanes, laneBits, shapeOf, shiftLeft, shiftRight } from './lanes.ts';

/** A shift by immediate's lane size: the highest one of immh (AArch32's L:imm6 has it on top); no one is reserved. */
export const shiftedSize = (immh: number): number => (immh === 0 ? -1 : 31 - Math.clz32(immh));
/** Its amounts: a right shift is 2 x lane bits - immh:immb, a left shift immh:immb - lane bits. */
export const rightBy = (immh: number, immb: number): number => 2 * laneBits(shiftedSize(immh)) - ((immh << 3) | immb);
export const leftBy = (immh: number, immb: number): number => ((immh << 3) | immb) - laneBits(shiftedSize(immh));

/** A shift by a constant. */
export type ShiftBy = (ir: Builder, lanes: Lanes, a: V128, by: number) => V128;
/** A shift by a constant into what the destination holds. */
export type ShiftInto = (ir: Builder, lanes: Lanes, a: V128, by: number, into: V128) => V128;

export const left: ShiftBy = (ir, { size }, a, by) => shiftLeft(ir, size, a, by);
export const right =
  (signed: boolean): ShiftBy =>
  (ir, { size }, a, by) =>
    shiftRight(ir, signed, size, a, by);
/** Adds the last bit shifted out: half a unit before the shift is a carry out of that bit. `by` is 1 or more. */
export const roundingRight =
  (signed: boolean): ShiftBy =>
  (ir, { size }, a, by) => {
    const lastOut = ir.v('v128.and', shiftRight(ir, false, size, a, by - 1), fill(ir, size, 1n));
    return ir.v(`${shapeOf(size)}.add`, shiftRight(ir, signed, size, a, by), lastOut);
  };
export const accumulating =
  (shift: ShiftBy): ShiftInto =>
  (ir, lanes, a, by, into) =>
    ir.v(`${shapeOf(lanes.size)}.add`, into, shift(ir, lanes, a, by));

/** SLI: the destination keeps its low `by` bits. SRI: its high `by` bits. */
export const insertLeft: ShiftInto = (ir, { size }, a, by, into) => {
  if (by === 0) return a;
  return ir.v('v128.bitselect', into, shiftLeft(ir, size, a, by), fill(ir, size, (1n << BigInt(by)) - 1n));
};
export const insertRight: ShiftInto = (ir, { size }, a, by, into) => {
  const kept = fill(ir, size, -1n << BigInt(laneBits(size) - by));
  return ir.v('v128.bitselect', into, shiftRight(ir, false, size, a, by), kept);
};
