import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { type Binary, HS, isSize, scalarLanes } from '../simd/lanes.ts';
import { saturatingAddS, saturatingSubS } from '../simd/saturate.ts';
import { saturatingDoublingMultiplyLong } from '../simd/widen.ts';
import { setScalar } from './simd-operands.ts';
import type { simdScalarThreeDifferent } from './simd-scalar-three-different.table.ts';

const doublingMultiply =
  (into: Binary | null) =>
  (ir: Builder, f: { readonly z: number; readonly m: number; readonly n: number; readonly d: number }): Flow => {
    if (!isSize(HS, f.z)) return ir.undefined();
    const wide = scalarLanes(f.z + 1);
    const product = saturatingDoublingMultiplyLong(ir, wide, false, ir.vq(f.n), ir.vq(f.m));
    setScalar(ir, wide.size, f.d, into ? into(ir, wide, ir.vq(f.d), product) : product);
    return 'next';
  };

export const simdScalarThreeDifferentLift = {
  SQDMLAL_s: doublingMultiply(saturatingAddS),
  SQDMLSL_s: doublingMultiply(saturatingSubS),
  SQDMULL_s: doublingMultiply(null),
} satisfies Lifters<typeof simdScalarThreeDifferent>;
