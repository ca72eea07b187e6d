import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { add, maxS, maxU, minS, minU, reduce } from '../simd/arithmetic.ts';
import { type Binary, vectorLanes } from '../simd/lanes.ts';
import { pairwiseAddLong } from '../simd/widen.ts';
import type { simdAcrossLanes } from './simd-across-lanes.table.ts';
import { setScalar } from './simd-operands.ts';

type Sized = { readonly q: number; readonly z: number; readonly n: number; readonly d: number };

/** Four lanes at least: 2S and 64-bit lanes are reserved. */
const isReserved = (f: Sized): boolean => f.z === 3 || (f.z === 2 && f.q === 0);

const across =
  (op: Binary) =>
  (ir: Builder, f: Sized): Flow => {
    if (isReserved(f)) return ir.undefined();
    setScalar(ir, f.z, f.d, reduce(ir, op, vectorLanes(f.z, f.q), ir.vq(f.n)));
    return 'next';
  };
const addLong =
  (signed: boolean) =>
  (ir: Builder, f: Sized): Flow => {
    if (isReserved(f)) return ir.undefined();
    const pairs = pairwiseAddLong(ir, signed, f.z + 1, ir.vq(f.n));
    setScalar(ir, f.z + 1, f.d, reduce(ir, add, vectorLanes(f.z + 1, f.q), pairs));
    return 'next';
  };

export const simdAcrossLanesLift = {
  SADDLV: addLong(true),
  UADDLV: addLong(false),
  SMAXV: across(maxS),
  UMAXV: across(maxU),
  SMINV: across(minS),
  UMINV: across(minU),
  ADDV: across(add),
} satisfies Lifters<typeof simdAcrossLanes>;
