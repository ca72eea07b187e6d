import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import { type Binary, broadcast, HS, isSize, scalarLanes } from '../simd/lanes.ts';
import { saturatingAddS, saturatingSubS } from '../simd/saturate.ts';
import { saturatingDoublingMultiplyHigh, saturatingDoublingMultiplyLong } from '../simd/widen.ts';
import { indexedElement, setScalar } from './simd-operands.ts';
import type { simdScalarByElement } from './simd-scalar-by-element.table.ts';

type Indexed = {
  readonly z: number;
  readonly l: number;
  readonly m: number;
  readonly h: number;
  readonly n: number;
  readonly d: number;
};

function element(ir: Builder, f: Indexed): V128 {
  const { register, index } = indexedElement(f.z, f.h, f.l, f.m);
  return broadcast(ir, f.z, ir.vq(register), index);
}
const high =
  (op: Binary) =>
  (ir: Builder, f: Indexed): Flow => {
    if (!isSize(HS, f.z)) return ir.undefined();
    setScalar(ir, f.z, f.d, op(ir, scalarLanes(f.z), ir.vq(f.n), element(ir, f)));
    return 'next';
  };
const long =
  (into: Binary | null) =>
  (ir: Builder, f: Indexed): Flow => {
    if (!isSize(HS, f.z)) return ir.undefined();
    const wide = scalarLanes(f.z + 1);
    const product = saturatingDoublingMultiplyLong(ir, wide, false, ir.vq(f.n), element(ir, f));
    setScalar(ir, wide.size, f.d, into ? into(ir, wide, ir.vq(f.d), product) : product);
    return 'next';
  };

export const simdScalarByElementLift = {
  SQDMLAL_es: long(saturatingAddS),
  SQDMLSL_es: long(saturatingSubS),
  SQDMULL_es: long(null),
  SQDMULH_es: high(saturatingDoublingMultiplyHigh(false)),
  SQRDMULH_es: high(saturatingDoublingMultiplyHigh(true)),
} satisfies Lifters<typeof simdScalarByElement>;
