import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { add, sub } from '../simd/arithmetic.ts';
import { BHS, type Binary, fill, HS, isSize, type Lanes, laneBits } from '../simd/lanes.ts';
import { saturatingAddS, saturatingSubS } from '../simd/saturate.ts';
import * as widen from '../simd/widen.ts';
import { isOddQuad, read, write } from './simd-operands.ts';
import type { simdThreeDifferent } from './simd-three-different.table.ts';
import { doubleOf } from './vfp-operands.ts';

type Sized = { readonly z: number; readonly m: number; readonly n: number; readonly d: number };
type Signed = Sized & { readonly u: number };

export const wideLanes = (f: { readonly z: number }): Lanes => ({ size: f.z + 1, bytes: 16 });

/** From D registers to a Q register, or with `into` into what it holds. */
function applyLong(ir: Builder32, f: Sized, sizes: number, op: widen.Long, into: Binary | null): Flow {
  if (!isSize(sizes, f.z) || isOddQuad(1, f.d)) return ir.undefined();
  const wide = wideLanes(f);
  const result = op(ir, wide, false, read(ir, 0, doubleOf(f.n)), read(ir, 0, f.m));
  write(ir, 1, f.d, into ? into(ir, wide, read(ir, 1, f.d), result) : result);
  return 'next';
}
const long =
  (op: (signed: boolean) => widen.Long, into: Binary | null = null) =>
  (ir: Builder32, f: Signed): Flow =>
    applyLong(ir, f, BHS, op(!f.u), into);
const saturatingLong =
  (into: Binary | null) =>
  (ir: Builder32, f: Sized): Flow =>
    applyLong(ir, f, HS, widen.saturatingDoublingMultiplyLong, into);
/** The first operand is wide already. */
const wide =
  (op: Binary) =>
  (ir: Builder32, f: Signed): Flow => {
    const n = doubleOf(f.n);
    if (!isSize(BHS, f.z) || isOddQuad(1, f.d, n)) return ir.undefined();
    write(ir, 1, f.d, op(ir, wideLanes(f), read(ir, 1, n), widen.extend(ir, !f.u, f.z + 1, false, read(ir, 0, f.m))));
    return 'next';
  };
/** The high halves of the results. */
const highNarrow =
  (op: Binary, rounding: boolean) =>
  (ir: Builder32, f: Sized): Flow => {
    const n = doubleOf(f.n);
    if (!isSize(BHS, f.z) || isOddQuad(1, n, f.m)) return ir.undefined();
    const exact = op(ir, wideLanes(f), read(ir, 1, n), read(ir, 1, f.m));
    const rounded = rounding ? add(ir, wideLanes(f), exact, fill(ir, f.z + 1, 1n << BigInt(laneBits(f.z) - 1))) : exact;
    write(ir, 0, f.d, widen.narrow(ir, f.z, rounded, true));
    return 'next';
  };

export const simdThreeDifferentLift = {
  VADDL: long(widen.addLong),
  VADDW: wide(add),
  VSUBL: long(widen.subLong),
  VSUBW: wide(sub),
  VADDHN: highNarrow(add, false),
  VRADDHN: highNarrow(add, true),
  VABAL: long(widen.differenceLong, add),
  VSUBHN: highNarrow(sub, false),
  VRSUBHN: highNarrow(sub, true),
  VABDL: long(widen.differenceLong),
  VMLAL: long(widen.multiplyLong, add),
  VQDMLAL: saturatingLong(saturatingAddS),
  VMLSL: long(widen.multiplyLong, sub),
  VQDMLSL: saturatingLong(saturatingSubS),
  VMULL: long(widen.multiplyLong),
  VQDMULL: saturatingLong(null),
  VMULL_poly: (ir, f) => {
    if (isOddQuad(1, f.d)) return ir.undefined();
    ir.call('pmull8', ir.dAddress(f.d), ir.dAddress(doubleOf(f.n)), ir.dAddress(f.m));
    return 'next';
  },
} satisfies Lifters32<typeof simdThreeDifferent>;
