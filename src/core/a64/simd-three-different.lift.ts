import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { add, sub } from '../simd/arithmetic.ts';
import { BHS, type Binary, fill, HS, isSize, laneBits } from '../simd/lanes.ts';
import { saturatingAddS, saturatingSubS } from '../simd/saturate.ts';
import * as widen from '../simd/widen.ts';
import { halfAddress, setHalf } from './simd-operands.ts';
import type { simdThreeDifferent } from './simd-three-different.table.ts';

type Sized = { readonly q: number; readonly z: number; readonly m: number; readonly n: number; readonly d: number };

const wideLanes = (f: Sized) => ({ size: f.z + 1, bytes: 16 });

const long =
  (sizes: number, op: widen.Long) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isSize(sizes, f.z)) return ir.undefined();
    ir.setVq(f.d, op(ir, wideLanes(f), f.q === 1, ir.vq(f.n), ir.vq(f.m)));
    return 'next';
  };
const longInto =
  (sizes: number, into: Binary, op: widen.Long) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isSize(sizes, f.z)) return ir.undefined();
    const wide = wideLanes(f);
    ir.setVq(f.d, into(ir, wide, ir.vq(f.d), op(ir, wide, f.q === 1, ir.vq(f.n), ir.vq(f.m))));
    return 'next';
  };
/** The first operand is wide already. */
const wide =
  (op: Binary, signed: boolean) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isSize(BHS, f.z)) return ir.undefined();
    ir.setVq(f.d, op(ir, wideLanes(f), ir.vq(f.n), widen.extend(ir, signed, f.z + 1, f.q === 1, ir.vq(f.m))));
    return 'next';
  };
/** The high halves of the results. */
const highNarrow =
  (op: Binary, rounding: boolean) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isSize(BHS, f.z)) return ir.undefined();
    const exact = op(ir, wideLanes(f), ir.vq(f.n), ir.vq(f.m));
    const rounded = rounding ? add(ir, wideLanes(f), exact, fill(ir, f.z + 1, 1n << BigInt(laneBits(f.z) - 1))) : exact;
    setHalf(ir, f.q, f.d, widen.narrow(ir, f.z, rounded, true));
    return 'next';
  };

export const simdThreeDifferentLift = {
  SADDL_v: long(BHS, widen.addLong(true)),
  UADDL_v: long(BHS, widen.addLong(false)),
  SADDW_v: wide(add, true),
  UADDW_v: wide(add, false),
  SSUBL_v: long(BHS, widen.subLong(true)),
  USUBL_v: long(BHS, widen.subLong(false)),
  SSUBW_v: wide(sub, true),
  USUBW_v: wide(sub, false),
  ADDHN_v: highNarrow(add, false),
  RADDHN_v: highNarrow(add, true),
  SUBHN_v: highNarrow(sub, false),
  RSUBHN_v: highNarrow(sub, true),
  SABAL_v: longInto(BHS, add, widen.differenceLong(true)),
  UABAL_v: longInto(BHS, add, widen.differenceLong(false)),
  SABDL_v: long(BHS, widen.differenceLong(true)),
  UABDL_v: long(BHS, widen.differenceLong(false)),
  SMLAL_v: longInto(BHS, add, widen.multiplyLong(true)),
  UMLAL_v: longInto(BHS, add, widen.multiplyLong(false)),
  SMLSL_v: longInto(BHS, sub, widen.multiplyLong(true)),
  UMLSL_v: longInto(BHS, sub, widen.multiplyLong(false)),
  SMULL_v: long(BHS, widen.multiplyLong(true)),
  UMULL_v: long(BHS, widen.multiplyLong(false)),
  SQDMLAL_v: longInto(HS, saturatingAddS, widen.saturatingDoublingMultiplyLong),
  SQDMLSL_v: longInto(HS, saturatingSubS, widen.saturatingDoublingMultiplyLong),
  SQDMULL_v: long(HS, widen.saturatingDoublingMultiplyLong),
  PMULL_b: (ir, f) => {
    ir.call('pmull8', ir.vAddress(f.d), halfAddress(ir, f.n, f.q), halfAddress(ir, f.m, f.q));
    return 'next';
  },
} satisfies Lifters<typeof simdThreeDifferent>;
