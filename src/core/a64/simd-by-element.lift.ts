import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import { type Binary, broadcast, HS, isSize, type Ternary, vectorLanes } from '../simd/lanes.ts';
import { saturatingAddS, saturatingSubS } from '../simd/saturate.ts';
import * as widen from '../simd/widen.ts';
import type { simdByElement } from './simd-by-element.table.ts';
import { indexedElement } from './simd-operands.ts';

type Indexed = {
  readonly q: number;
  readonly z: number;
  readonly l: number;
  readonly m: number;
  readonly h: number;
  readonly n: number;
  readonly d: number;
};

/** The element, in every lane. */
function element(ir: Builder, f: Indexed): V128 {
  const { register, index } = indexedElement(f.z, f.h, f.l, f.m);
  return broadcast(ir, f.z, ir.vq(register), index);
}
const lanewise =
  (op: Binary) =>
  (ir: Builder, f: Indexed): Flow => {
    if (!isSize(HS, f.z)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(f.z, f.q), ir.vq(f.n), element(ir, f)));
    return 'next';
  };
const accumulating =
  (op: Ternary) =>
  (ir: Builder, f: Indexed): Flow => {
    if (!isSize(HS, f.z)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(f.z, f.q), ir.vq(f.n), element(ir, f), ir.vq(f.d)));
    return 'next';
  };
const long =
  (into: Binary | null, op: widen.Long) =>
  (ir: Builder, f: Indexed): Flow => {
    if (!isSize(HS, f.z)) return ir.undefined();
    const wide = { size: f.z + 1, bytes: 16 };
    const product = op(ir, wide, f.q === 1, ir.vq(f.n), element(ir, f));
    ir.setVq(f.d, into ? into(ir, wide, ir.vq(f.d), product) : product);
    return 'next';
  };

const { add, sub, mul, accumulate, deduct } = arithmetic;
const { multiplyLong, saturatingDoublingMultiplyLong, saturatingDoublingMultiplyHigh } = widen;

export const simdByElementLift = {
  MLA_e: accumulating(accumulate(mul)),
  MLS_e: accumulating(deduct(mul)),
  MUL_e: lanewise(mul),
  SMLAL_e: long(add, multiplyLong(true)),
  UMLAL_e: long(add, multiplyLong(false)),
  SMLSL_e: long(sub, multiplyLong(true)),
  UMLSL_e: long(sub, multiplyLong(false)),
  SMULL_e: long(null, multiplyLong(true)),
  UMULL_e: long(null, multiplyLong(false)),
  SQDMLAL_e: long(saturatingAddS, saturatingDoublingMultiplyLong),
  SQDMLSL_e: long(saturatingSubS, saturatingDoublingMultiplyLong),
  SQDMULL_e: long(null, saturatingDoublingMultiplyLong),
  SQDMULH_e: lanewise(saturatingDoublingMultiplyHigh(false)),
  SQRDMULH_e: lanewise(saturatingDoublingMultiplyHigh(true)),
} satisfies Lifters<typeof simdByElement>;
