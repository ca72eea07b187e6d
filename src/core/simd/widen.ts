import type { Builder } from '../ir/builder.ts';
import type { VectorOp } from '../ir/ops.ts';
import type { V128 } from '../ir/types.ts';
import { add, differenceS, differenceU, sub } from './arithmetic.ts';
import { fill, type Lanes, laneBits, laneShuffle, shapeOf, shiftLeft, shiftRight } from './lanes.ts';
import { noteSaturation } from './saturate.ts';

/** An operation whose result lanes are twice as wide as its operands': `wide` describes the result; `high` takes the operands' upper halves. */
export type Long = (ir: Builder, wide: Lanes, high: boolean, a: V128, b: V128) => V128;

const halfName = (high: boolean) => (high ? 'high' : 'low');
const signName = (signed: boolean) => (signed ? 's' : 'u');

/** Half of the lanes, each extended to `size`. */
export function extend(ir: Builder, signed: boolean, size: number, high: boolean, v: V128): V128 {
  const op = `${shapeOf(size)}.extend_${halfName(high)}_${shapeOf(size - 1)}_${signName(signed)}` as VectorOp;
  return ir.v(op, v);
}

export const multiplyLong =
  (signed: boolean): Long =>
  (ir, { size }, high, a, b) =>
    ir.v(`${shapeOf(size)}.extmul_${halfName(high)}_${shapeOf(size - 1)}_${signName(signed)}` as VectorOp, a, b);
export const addLong =
  (signed: boolean): Long =>
  (ir, wide, high, a, b) =>
    add(ir, wide, extend(ir, signed, wide.size, high, a), extend(ir, signed, wide.size, high, b));
export const subLong =
  (signed: boolean): Long =>
  (ir, wide, high, a, b) =>
    sub(ir, wide, extend(ir, signed, wide.size, high, a), extend(ir, signed, wide.size, high, b));
export const differenceLong =
  (signed: boolean): Long =>
  (ir, wide, high, a, b) => {
    const narrow = { size: wide.size - 1, bytes: 16 };
    return extend(ir, false, wide.size, high, (signed ? differenceS : differenceU)(ir, narrow, a, b));
  };

/** 2ab: overflows for both operands most negative only, where the product is `1 << bits - 2`. Flipping all bits of the wrapped sum saturates it. */
export const saturatingDoublingMultiplyLong: Long = (ir, wide, high, a, b) => {
  const product = multiplyLong(true)(ir, wide, high, a, b);
  const where = ir.v(`${shapeOf(wide.size)}.eq`, product, fill(ir, wide.size, 1n << BigInt(laneBits(wide.size) - 2)));
  noteSaturation(ir, wide, where);
  return ir.v('v128.xor', add(ir, wide, product, product), where);
};

/** The high half of 2ab (+ half a unit, rounding), saturated: SQDMULH, SQRDMULH. */
export const saturatingDoublingMultiplyHigh =
  (rounding: boolean) =>
  (ir: Builder, lanes: Lanes, a: V128, b: V128): V128 => {
    const size = lanes.size + 1;
    const half = fill(ir, size, 1n << BigInt(laneBits(lanes.size) - 1));
    const least = fill(ir, lanes.size, 1n << BigInt(laneBits(lanes.size) - 1));
    const equal = (v: V128) => ir.v(`${shapeOf(lanes.size)}.eq`, v, least);
    const where = ir.v('v128.and', equal(a), equal(b));
    noteSaturation(ir, lanes, where);
    const doubled = (high: boolean) => {
      const product = multiplyLong(true)(ir, { size, bytes: 16 }, high, a, b);
      const twice = ir.v(`${shapeOf(size)}.add`, product, product);
      return rounding ? ir.v(`${shapeOf(size)}.add`, twice, half) : twice;
    };
    const wrapped = ir.shuffle(
      doubled(false),
      doubled(true),
      laneShuffle({ size: lanes.size, bytes: 16 }, (i) => 2 * i + 1),
    );
    return ir.v('v128.xor', wrapped, where);
  };

/** Sums of adjacent pairs of lanes, `size` being that of the sums. */
export function pairwiseAddLong(ir: Builder, signed: boolean, size: number, v: V128): V128 {
  if (size === 1) return ir.v(signed ? 'i16x8.extadd_pairwise_i8x16_s' : 'i16x8.extadd_pairwise_i8x16_u', v);
  if (size === 2) return ir.v(signed ? 'i32x4.extadd_pairwise_i16x8_s' : 'i32x4.extadd_pairwise_i16x8_u', v);
  const even = shiftRight(ir, signed, 3, shiftLeft(ir, 3, v, 32), 32);
  return ir.v('i64x2.add', even, shiftRight(ir, signed, 3, v, 32));
}

/** The low (or high) halves of the lanes, together in the low 64 bits; `size` is that of the halves. */
export function narrow(ir: Builder, size: number, v: V128, high = false): V128 {
  return ir.shuffle(
    v,
    v,
    laneShuffle({ size, bytes: 16 }, (i) => (2 * i + (high ? 1 : 0)) % (16 >> size)),
  );
}
