import type { Builder } from '../ir/builder.ts';
import type { Shape } from '../ir/ops.ts';
import type { I32, I64, Int, V128, Value } from '../ir/types.ts';

/** The low 1 << log2 bytes of Vn: B, H, S zero-extended to i32, D as i64. */
export function scalar(ir: Builder, log2: number, n: number): Value<Int> {
  switch (log2) {
    case 0:
      return ir.vb(n);
    case 1:
      return ir.vh(n);
    case 2:
      return ir.vs(n);
    default:
      return ir.vd(n);
  }
}

/** Writes a zero-extended scalar: the rest of Vn becomes zero. */
export function setScalar(ir: Builder, n: number, value: Value<Int>): void {
  if (value.type === 'i64') ir.setVd(n, value as I64);
  else ir.setVs(n, value as I32);
}

const shapes = ['i8x16', 'i16x8', 'i32x4'] as const;

/** Lane of 1 << log2 bytes: zero-extended to i32, or an i64. */
export const laneOf = (ir: Builder, log2: number, v: V128, lane: number): Value<Int> =>
  log2 === 3 ? ir.lane64(v, lane) : ir.lane32(shapes[log2] as (typeof shapes)[number], v, lane);

const shapeOf = (log2: number): Shape => shapes[log2] ?? 'i64x2';
export const withLane = (ir: Builder, log2: number, v: V128, lane: number, value: Value<Int>): V128 =>
  ir.replaceLane(shapeOf(log2), v, lane, value as I32 | I64);
export const splatOf = (ir: Builder, log2: number, value: Value<Int>): V128 =>
  ir.splat(shapeOf(log2), value as I32 | I64);
