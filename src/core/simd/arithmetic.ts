import type { Builder } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import {
  type Binary,
  fill,
  type Lanes,
  laneBits,
  laneMin,
  laneShuffle,
  shapeOf,
  shiftLeft,
  shiftRight,
  shortShapeOf,
  type Ternary,
  type Unary,
  zero,
} from './lanes.ts';

export const add: Binary = (ir, { size }, a, b) => ir.v(`${shapeOf(size)}.add`, a, b);
export const sub: Binary = (ir, { size }, a, b) => ir.v(`${shapeOf(size)}.sub`, a, b);
export const neg: Unary = (ir, { size }, a) => ir.v(`${shapeOf(size)}.neg`, a);
export const abs: Unary = (ir, { size }, a) => ir.v(`${shapeOf(size)}.abs`, a);

const evenBytes = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30];

export const mul: Binary = (ir, { size }, a, b) => {
  switch (size) {
    case 0: {
      const low = ir.v('i16x8.extmul_low_i8x16_u', a, b);
      return ir.shuffle(low, ir.v('i16x8.extmul_high_i8x16_u', a, b), evenBytes);
    }
    case 1:
      return ir.v('i16x8.mul', a, b);
    case 2:
      return ir.v('i32x4.mul', a, b);
    default:
      return ir.v('i64x2.mul', a, b);
  }
};

/** accumulator + op(a, b), accumulator - op(a, b). */
export const accumulate =
  (op: Binary): Ternary =>
  (ir, lanes, a, b, accumulator) =>
    add(ir, lanes, accumulator, op(ir, lanes, a, b));
export const deduct =
  (op: Binary): Ternary =>
  (ir, lanes, a, b, accumulator) =>
    sub(ir, lanes, accumulator, op(ir, lanes, a, b));

// --- minimum, maximum, difference: lanes of 8, 16, 32 bits ---------------------------------------------------------
const minMax =
  (op: 'min_s' | 'min_u' | 'max_s' | 'max_u'): Binary =>
  (ir, { size }, a, b) =>
    ir.v(`${shortShapeOf(size)}.${op}`, a, b);
export const minS = minMax('min_s');
export const minU = minMax('min_u');
export const maxS = minMax('max_s');
export const maxU = minMax('max_u');
/** |a - b|, which fits the lane as an unsigned number. */
export const differenceS: Binary = (ir, lanes, a, b) => sub(ir, lanes, maxS(ir, lanes, a, b), minS(ir, lanes, a, b));
export const differenceU: Binary = (ir, lanes, a, b) => sub(ir, lanes, maxU(ir, lanes, a, b), minU(ir, lanes, a, b));

// --- halving: no bit of the sum may get lost --------------------------------------------------------------------------
const halfOfXor = (ir: Builder, signed: boolean, size: number, a: V128, b: V128): V128 =>
  shiftRight(ir, signed, size, ir.v('v128.xor', a, b), 1);
/** (a + b) >> 1: a + b = 2(a & b) + (a ^ b). */
export const halvingAdd =
  (signed: boolean): Binary =>
  (ir, lanes, a, b) =>
    add(ir, lanes, ir.v('v128.and', a, b), halfOfXor(ir, signed, lanes.size, a, b));
/** (a - b) >> 1: a - b = (a ^ b) - 2(~a & b). */
export const halvingSub =
  (signed: boolean): Binary =>
  (ir, lanes, a, b) =>
    sub(ir, lanes, halfOfXor(ir, signed, lanes.size, a, b), ir.v('v128.andnot', b, a));
/** (a + b + 1) >> 1: a + b = 2(a | b) - (a ^ b). */
export const roundingHalvingAdd =
  (signed: boolean): Binary =>
  (ir, lanes, a, b) => {
    if (!signed && lanes.size === 0) return ir.v('i8x16.avgr_u', a, b);
    if (!signed && lanes.size === 1) return ir.v('i16x8.avgr_u', a, b);
    return sub(ir, lanes, ir.v('v128.or', a, b), halfOfXor(ir, signed, lanes.size, a, b));
  };

// --- comparisons: all ones or zero ------------------------------------------------------------------------------------
export const equal: Binary = (ir, { size }, a, b) => ir.v(`${shapeOf(size)}.eq`, a, b);
export const testBits: Binary = (ir, { size }, a, b) => ir.v(`${shapeOf(size)}.ne`, ir.v('v128.and', a, b), zero(ir));
export const greaterS: Binary = (ir, { size }, a, b) => ir.v(`${shapeOf(size)}.gt_s`, a, b);
export const greaterEqualS: Binary = (ir, { size }, a, b) => ir.v(`${shapeOf(size)}.ge_s`, a, b);
/** Unsigned order is signed order with the sign bits flipped; WebAssembly lacks it on 64-bit lanes only. */
const unsignedOrder =
  (short: 'gt_u' | 'ge_u', long: 'gt_s' | 'ge_s'): Binary =>
  (ir, { size }, a, b) => {
    if (size !== 3) return ir.v(`${shortShapeOf(size)}.${short}`, a, b);
    const flip = (v: V128) => ir.v('v128.xor', v, laneMin(ir, 3));
    return ir.v(`i64x2.${long}`, flip(a), flip(b));
  };
export const greaterU = unsignedOrder('gt_u', 'gt_s');
export const greaterEqualU = unsignedOrder('ge_u', 'ge_s');

// --- across lanes -----------------------------------------------------------------------------------------------------
/** The operation on adjacent pairs of a's lanes, then of b's. */
export const pairwise =
  (op: Binary): Binary =>
  (ir, lanes, a, b) => {
    const even = ir.shuffle(
      a,
      b,
      laneShuffle(lanes, (i) => 2 * i),
    );
    const odd = ir.shuffle(
      a,
      b,
      laneShuffle(lanes, (i) => 2 * i + 1),
    );
    return op(ir, lanes, even, odd);
  };

/** The (associative) operation over all lanes in use; the result is in lane 0. */
export function reduce(ir: Builder, op: Binary, lanes: Lanes, v: V128): V128 {
  for (let distance = lanes.bytes / 2; distance >= 1 << lanes.size; distance /= 2) {
    const moved = Array.from({ length: 16 }, (_, i) => (i + distance) % 16);
    v = op(ir, lanes, v, ir.shuffle(v, v, moved));
  }
  return v;
}

// --- counting bits ----------------------------------------------------------------------------------------------------
/** The number of ones in each lane of 8, 16 or 32 bits. */
function countOnes(ir: Builder, size: number, v: V128): V128 {
  const bytes = ir.v('i8x16.popcnt', v);
  if (size === 0) return bytes;
  const halves = ir.v('i16x8.extadd_pairwise_i8x16_u', bytes);
  return size === 1 ? halves : ir.v('i32x4.extadd_pairwise_i16x8_u', halves);
}
/** Leading zeros: ones are smeared down from the highest, what is left above them is counted. */
export const countLeadingZeros: Unary = (ir, { size }, a) => {
  let smeared = a;
  for (let by = 1; by < laneBits(size); by *= 2)
    smeared = ir.v('v128.or', smeared, shiftRight(ir, false, size, smeared, by));
  return countOnes(ir, size, ir.v('v128.not', smeared));
};
/**
 * Bits below the top one that are equal to it: bit i of a ^ (a << 1) says whether bit i differs from bit i - 1. Bit 0 is set,
 * which ends the count where none differ.
 */
export const countLeadingSigns: Unary = (ir, lanes, a) => {
  const changes = ir.v('v128.xor', a, shiftLeft(ir, lanes.size, a, 1));
  return countLeadingZeros(ir, lanes, ir.v('v128.or', changes, fill(ir, lanes.size, 1n)));
};
