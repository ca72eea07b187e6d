import type { Builder } from '../ir/builder.ts';
import type { I32, V128 } from '../ir/types.ts';
import { isSize, type ShortShape, shapeOf } from '../simd/lanes.ts';
import { V } from '../state/cells.ts';

/** Whether the lane size is in the set, and the arrangement is not 1D (64-bit lanes in half a vector), which is reserved. */
export const isArrangement = (sizes: number, size: number, q: number): boolean =>
  isSize(sizes, size) && (size < 3 || q === 1);

/** Writes lane 0 to the scalar register of that size: the rest of Vd becomes zero. */
export function setScalar(ir: Builder, size: number, d: number, value: V128): void {
  if (size === 3) ir.setVd(d, ir.lane64(value, 0));
  else ir.setVs(d, ir.lane32(shapeOf(size) as ShortShape, value, 0));
}

/** Writes 64 bits of result: to the low half of Vd, the upper becoming zero, or to the upper half ("2" forms). */
export function setHalf(ir: Builder, upper: number, d: number, value: V128): void {
  if (upper) ir.setVq(d, ir.replaceLane('i64x2', ir.vq(d), 1, ir.lane64(value, 0)));
  else ir.setVd(d, ir.lane64(value, 0));
}

/** Address of the lower or upper half of Vn, for helpers. */
export const halfAddress = (ir: Builder, n: number, upper: number): I32 => ir.i32(V + 16 * n + 8 * upper);

/** After a helper wrote `bytes` of Vd in place: the rest becomes zero. */
export function clearAbove(ir: Builder, bytes: number, d: number): void {
  if (bytes === 8) ir.setCell64(V + 16 * d + 8, ir.i64(0));
  else if (bytes === 4) ir.setVs(d, ir.vs(d));
  else if (bytes === 2) ir.setVs(d, ir.vh(d));
  else if (bytes === 1) ir.setVs(d, ir.vb(d));
}

/** The indexed element's register and index, by lane size 1 or 2, from the fields H, L and M:Rm. */
export function indexedElement(size: number, h: number, l: number, m: number): { register: number; index: number } {
  if (size === 1) return { register: m & 15, index: (h << 2) | (l << 1) | (m >> 4) };
  return { register: m, index: (h << 1) | l };
}
