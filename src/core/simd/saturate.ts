import type { Builder } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import { FPSR } from '../state/cells.ts';
import { add, greaterEqualU, greaterS, greaterU, sub } from './arithmetic.ts';
import {
  type Binary,
  fill,
  type Lanes,
  laneBits,
  laneMax,
  laneMin,
  shapeOf,
  shiftLeft,
  shiftRight,
  signs,
  type Unary,
  zero,
} from './lanes.ts';

/** FPSR.QC, cumulative saturation. Arm ARM DDI 0487, C5.2.9. */
const QC_BIT = 27;

/** Notes saturation in FPSR.QC if any bit of `where` is set, in the bytes in use. */
export function noteSaturation(ir: Builder, { bytes }: Lanes, where: V128): void {
  const used = bytes === 16 ? where : ir.v('v128.and', where, ir.v128((1n << BigInt(8 * bytes)) - 1n, 0n));
  ir.setCell32(FPSR, ir.or(ir.cell32(FPSR), ir.shlBy(ir.anyTrue(used), QC_BIT)));
}

/** What a signed lane saturates to, in the direction of `v`'s sign. */
const saturatedTowards = (ir: Builder, size: number, v: V128): V128 =>
  ir.v('v128.xor', signs(ir, size, v), laneMax(ir, size));

/** WebAssembly saturates lanes of 8 and 16 bits itself. */
const hasSaturation = (size: number): boolean => size < 2;

function saturateS(ir: Builder, lanes: Lanes, a: V128, wrapped: V128, overflow: V128): V128 {
  const where = signs(ir, lanes.size, overflow);
  noteSaturation(ir, lanes, where);
  return ir.v('v128.bitselect', saturatedTowards(ir, lanes.size, a), wrapped, where);
}
function noteDifference(ir: Builder, lanes: Lanes, saturated: V128, wrapped: V128): V128 {
  noteSaturation(ir, lanes, ir.v('v128.xor', saturated, wrapped));
  return saturated;
}

export const saturatingAddS: Binary = (ir, lanes, a, b) => {
  const sum = add(ir, lanes, a, b);
  if (hasSaturation(lanes.size))
    return noteDifference(ir, lanes, ir.v(lanes.size ? 'i16x8.add_sat_s' : 'i8x16.add_sat_s', a, b), sum);
  return saturateS(ir, lanes, a, sum, ir.v('v128.and', ir.v('v128.xor', a, sum), ir.v('v128.xor', b, sum)));
};
export const saturatingSubS: Binary = (ir, lanes, a, b) => {
  const difference = sub(ir, lanes, a, b);
  if (hasSaturation(lanes.size))
    return noteDifference(ir, lanes, ir.v(lanes.size ? 'i16x8.sub_sat_s' : 'i8x16.sub_sat_s', a, b), difference);
  const overflow = ir.v('v128.and', ir.v('v128.xor', a, b), ir.v('v128.xor', a, difference));
  return saturateS(ir, lanes, a, difference, overflow);
};
export const saturatingAddU: Binary = (ir, lanes, a, b) => {
  const sum = add(ir, lanes, a, b);
  const over = greaterU(ir, lanes, a, sum);
  noteSaturation(ir, lanes, over);
  return ir.v('v128.or', sum, over);
};
export const saturatingSubU: Binary = (ir, lanes, a, b) => {
  const under = greaterU(ir, lanes, b, a);
  noteSaturation(ir, lanes, under);
  return ir.v('v128.andnot', sub(ir, lanes, a, b), under);
};
/** Signed b + unsigned a to signed (SUQADD): with the sign bit flipped a signed number is an unsigned one plus a constant. */
export const saturatingAccumulateU: Binary = (ir, lanes, a, b) => {
  const flip = laneMin(ir, lanes.size);
  return ir.v('v128.xor', saturatingAddU(ir, lanes, ir.v('v128.xor', b, flip), a), flip);
};
/** Unsigned b + signed a to unsigned (USQADD). */
export const saturatingAccumulateS: Binary = (ir, lanes, a, b) => {
  const sum = add(ir, lanes, a, b);
  const negative = signs(ir, lanes.size, a);
  const over = ir.v('v128.andnot', greaterU(ir, lanes, b, sum), negative);
  const under = ir.v('v128.and', greaterEqualU(ir, lanes, sum, b), negative);
  noteSaturation(ir, lanes, ir.v('v128.or', over, under));
  return ir.v('v128.andnot', ir.v('v128.or', sum, over), under);
};

/** The most negative value alone overflows, and wraps to itself; flipping all its bits saturates it. */
export const saturatingAbs: Unary = (ir, lanes, a) => {
  const wrapped = ir.v(`${shapeOf(lanes.size)}.abs`, a);
  const where = signs(ir, lanes.size, wrapped);
  noteSaturation(ir, lanes, where);
  return ir.v('v128.xor', wrapped, where);
};
export const saturatingNeg: Unary = (ir, lanes, a) => {
  const wrapped = ir.v(`${shapeOf(lanes.size)}.neg`, a);
  const where = signs(ir, lanes.size, ir.v('v128.and', wrapped, a));
  noteSaturation(ir, lanes, where);
  return ir.v('v128.xor', wrapped, where);
};

// --- left shifts by a constant ----------------------------------------------------------------------------------------
const lostBits = (ir: Builder, signed: boolean, size: number, a: V128, shifted: V128, by: number): V128 =>
  ir.v(`${shapeOf(size)}.ne`, shiftRight(ir, signed, size, shifted, by), a);

/** SQSHL, UQSHL, SQSHLU by an immediate. */
export function saturatingShiftLeftS(ir: Builder, lanes: Lanes, a: V128, by: number): V128 {
  const shifted = shiftLeft(ir, lanes.size, a, by);
  const where = lostBits(ir, true, lanes.size, a, shifted, by);
  noteSaturation(ir, lanes, where);
  return ir.v('v128.bitselect', saturatedTowards(ir, lanes.size, a), shifted, where);
}
export function saturatingShiftLeftU(ir: Builder, lanes: Lanes, a: V128, by: number): V128 {
  const shifted = shiftLeft(ir, lanes.size, a, by);
  const over = lostBits(ir, false, lanes.size, a, shifted, by);
  noteSaturation(ir, lanes, over);
  return ir.v('v128.or', shifted, over);
}
export function saturatingShiftLeftSU(ir: Builder, lanes: Lanes, a: V128, by: number): V128 {
  const negative = signs(ir, lanes.size, a);
  noteSaturation(ir, lanes, negative);
  return saturatingShiftLeftU(ir, lanes, ir.v('v128.andnot', a, negative), by);
}

// --- narrowing: the low half of each lane of the result is the narrow lane; the high half is to be dropped ---------------
export const clampToNarrowS: Unary = (ir, lanes, a) => {
  const half = BigInt(laneBits(lanes.size) / 2);
  const most = fill(ir, lanes.size, (1n << (half - 1n)) - 1n);
  const least = fill(ir, lanes.size, -1n << (half - 1n));
  const over = greaterS(ir, lanes, a, most);
  const under = greaterS(ir, lanes, least, a);
  noteSaturation(ir, lanes, ir.v('v128.or', over, under));
  return ir.v('v128.bitselect', least, ir.v('v128.bitselect', most, a, over), under);
};
export const clampToNarrowU: Unary = (ir, lanes, a) => {
  const high = shiftRight(ir, false, lanes.size, a, laneBits(lanes.size) / 2);
  const over = ir.v(`${shapeOf(lanes.size)}.ne`, high, zero(ir));
  noteSaturation(ir, lanes, over);
  return ir.v('v128.or', a, over);
};
export const clampToNarrowSU: Unary = (ir, lanes, a) => {
  const negative = signs(ir, lanes.size, a);
  noteSaturation(ir, lanes, negative);
  return clampToNarrowU(ir, lanes, ir.v('v128.andnot', a, negative));
};
