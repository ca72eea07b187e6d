// simd/: vector arithmetic in terms of the IR, by lanes.

import { must } from '../../base/assert.ts';
import type { Builder } from '../ir/builder.ts';
import type { Shape } from '../ir/ops.ts';
import type { V128 } from '../ir/types.ts';

// SIMD operations on values, as both instruction sets need them: a lifter reads registers, calls these, writes registers.

/** How an operation sees its operands: log2 of a lane's bytes (0..3), and how many low bytes are in use (16, 8, or one lane). */
export interface Lanes {
  readonly size: number;
  readonly bytes: number;
}
export type Unary = (ir: Builder, lanes: Lanes, a: V128) => V128;
export type Binary = (ir: Builder, lanes: Lanes, a: V128, b: V128) => V128;
export type Ternary = (ir: Builder, lanes: Lanes, a: V128, b: V128, accumulator: V128) => V128;

export const vectorLanes = (size: number, q: number): Lanes => ({ size, bytes: q ? 16 : 8 });
export const scalarLanes = (size: number): Lanes => ({ size, bytes: 1 << size });

/** Sets of lane sizes, by bit: what an instruction takes. */
export const BHSD = 0b1111;
export const BHS = 0b0111;
export const BH = 0b0011;
export const HS = 0b0110;
export const B = 0b0001;
export const isSize = (sizes: number, size: number): boolean => size >= 0 && ((sizes >> size) & 1) === 1;

const shapes: readonly Shape[] = ['i8x16', 'i16x8', 'i32x4', 'i64x2'];
export const shapeOf = (size: number): Shape => must(shapes[size], 'lane size');
/** For operations that WebAssembly lacks on 64-bit lanes. */
export type ShortShape = Exclude<Shape, 'i64x2'>;
const shortShapes: readonly ShortShape[] = ['i8x16', 'i16x8', 'i32x4'];
export const shortShapeOf = (size: number): ShortShape => must(shortShapes[size], 'lane size');

export const laneBits = (size: number): number => 8 << size;

const repeat64 = (size: number, value: bigint): bigint => {
  const bits = laneBits(size);
  let result = 0n;
  for (let at = 0; at < 64; at += bits) result |= BigInt.asUintN(bits, value) << BigInt(at);
  return result;
};

/** The same constant in every lane. */
export function fill(ir: Builder, size: number, value: bigint): V128 {
  const half = repeat64(size, value);
  return ir.v128(half, half);
}
export const zero = (ir: Builder): V128 => ir.v128(0n, 0n);
/** The most negative and the most positive value of a lane. */
export const laneMin = (ir: Builder, size: number): V128 => fill(ir, size, 1n << BigInt(laneBits(size) - 1));
export const laneMax = (ir: Builder, size: number): V128 => fill(ir, size, (1n << BigInt(laneBits(size) - 1)) - 1n);

/** Byte numbers for a shuffle that puts element `pick(i)` into lane i; the elements are `first`'s, then `second`'s, of `bytes` each. */
export function laneShuffle(lanes: Lanes, pick: (lane: number) => number): number[] {
  const { size, bytes } = lanes;
  const count = bytes >> size;
  const result: number[] = new Array(16).fill(0);
  for (let lane = 0; lane < count; lane++) {
    const element = pick(lane);
    const from = element < count ? element << size : 16 + ((element - count) << size);
    for (let i = 0; i < 1 << size; i++) result[(lane << size) + i] = from + i;
  }
  return result;
}

/** Every lane becomes lane `index`. */
export function broadcast(ir: Builder, size: number, v: V128, index: number): V128 {
  return ir.shuffle(
    v,
    v,
    laneShuffle({ size, bytes: 16 }, () => index),
  );
}

/** Shifts of every lane by a constant: 0 to the lane's bits, the latter leaving nothing but copies of the sign. */
export function shiftLeft(ir: Builder, size: number, v: V128, by: number): V128 {
  if (by === 0) return v;
  return by === laneBits(size) ? zero(ir) : ir.vshift('shl', shapeOf(size), v, ir.i32(by));
}
export function shiftRight(ir: Builder, signed: boolean, size: number, v: V128, by: number): V128 {
  if (by === 0) return v;
  const bits = laneBits(size);
  if (signed) return ir.vshift('shrS', shapeOf(size), v, ir.i32(Math.min(by, bits - 1)));
  return by === bits ? zero(ir) : ir.vshift('shrU', shapeOf(size), v, ir.i32(by));
}
/** All ones in the lanes that are negative. */
export const signs = (ir: Builder, size: number, v: V128): V128 => shiftRight(ir, true, size, v, laneBits(size));
