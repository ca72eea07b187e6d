import type { Builder, Flow } from '../ir/builder.ts';
import type { I32 } from '../ir/types.ts';
import { V } from '../state/cells.ts';
import { fpcr } from './fp-operations.ts';
import { clearAbove } from './simd-operands.ts';

/** `z`: lanes are doubles. */
export type Arranged = { readonly q: number; readonly z: number; readonly n: number; readonly d: number };

/** 1D is reserved. */
export const isReserved = (f: { readonly q: number; readonly z: number }): boolean => f.z === 1 && f.q === 0;

/** A source of lanes: an address, and the distance from lane to lane, 0 for one element taken for every lane. */
export type Lanes = { readonly address: I32; readonly stride: number };

export const lanesOf = (ir: Builder, z: number, m: number): Lanes => ({ address: ir.vAddress(m), stride: 4 << z });

/** The element that `h`, `l` and `m` index, or null where that is reserved. */
export function indexed(f: {
  readonly z: number;
  readonly l: number;
  readonly m: number;
  readonly h: number;
}): number | null {
  if (f.z && f.l) return null;
  return V + 16 * f.m + (f.z ? 8 * f.h : 4 * ((f.h << 1) | f.l));
}

/** By BINARY_x, on every lane. */
export function vectorBinary(ir: Builder, op: number, f: Arranged, m: Lanes): Flow {
  const bytes = 8 << f.q;
  const helper = f.z ? 'f64Vector3' : 'f32Vector3';
  ir.call(helper, ir.i32(op), ir.vAddress(f.d), ir.vAddress(f.n), m.address, ir.i32(m.stride), ir.i32(bytes), fpcr(ir));
  clearAbove(ir, bytes, f.d);
  return 'next';
}

/** d + n × m, or d - n × m. */
export function vectorMulAdd(ir: Builder, minus: boolean, f: Arranged, m: Lanes): Flow {
  const bytes = 8 << f.q;
  const helper = f.z ? 'f64VectorMulAdd' : 'f32VectorMulAdd';
  const how = [ir.i32(m.stride), ir.i32(minus ? 1 : 0), ir.i32(bytes)] as const;
  ir.call(helper, ir.vAddress(f.d), ir.vAddress(f.n), m.address, ...how, fpcr(ir));
  clearAbove(ir, bytes, f.d);
  return 'next';
}

/** By UNARY_x, with the `detail` it takes. */
export function vectorUnary(ir: Builder, op: number, detail: number, f: Arranged): Flow {
  const bytes = 8 << f.q;
  const helper = f.z ? 'f64Vector2' : 'f32Vector2';
  ir.call(helper, ir.i32(op), ir.vAddress(f.d), ir.vAddress(f.n), ir.i32(detail), ir.i32(bytes), fpcr(ir));
  clearAbove(ir, bytes, f.d);
  return 'next';
}
