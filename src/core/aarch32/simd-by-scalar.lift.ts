import type { Lifters32 } from '../decode/lift.ts';
import { BINARY_MUL } from '../helpers/float-codes.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { V128 } from '../ir/types.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import { type Binary, broadcast, HS, isSize, type Ternary, vectorLanes } from '../simd/lanes.ts';
import { saturatingAddS, saturatingSubS } from '../simd/saturate.ts';
import * as widen from '../simd/widen.ts';
import type { simdByScalar } from './simd-by-scalar.table.ts';
import { type Singles, vectorBinary, vectorChained } from './simd-fp-operations.ts';
import { isOddQuad, type QDNM, read, write } from './simd-operands.ts';
import { wideLanes } from './simd-three-different.lift.ts';
import { doubleOf } from './vfp-operands.ts';

type Sized = QDNM & { readonly z: number };
type Wide = Omit<Sized, 'q'>;

/** The scalar's D register and lane, by lane size 1 or 2. */
function scalarOf(z: number, m: number): { readonly d: number; readonly lane: number } {
  return z === 1 ? { d: m & 7, lane: m >> 3 } : { d: m & 15, lane: m >> 4 };
}
/** The scalar, in every lane. */
function scalar(ir: Builder32, f: { readonly z: number; readonly m: number }): V128 {
  const { d, lane } = scalarOf(f.z, f.m);
  return broadcast(ir, f.z, read(ir, 0, d), lane);
}
const isReserved = (f: Sized): boolean => !isSize(HS, f.z) || isOddQuad(f.q, f.d, doubleOf(f.n));

const lanewise =
  (op: Binary) =>
  (ir: Builder32, f: Sized): Flow => {
    if (isReserved(f)) return ir.undefined();
    write(ir, f.q, f.d, op(ir, vectorLanes(f.z, f.q), read(ir, f.q, doubleOf(f.n)), scalar(ir, f)));
    return 'next';
  };
const accumulating =
  (op: Ternary) =>
  (ir: Builder32, f: Sized): Flow => {
    if (isReserved(f)) return ir.undefined();
    const n = read(ir, f.q, doubleOf(f.n));
    write(ir, f.q, f.d, op(ir, vectorLanes(f.z, f.q), n, scalar(ir, f), read(ir, f.q, f.d)));
    return 'next';
  };
function applyLong(ir: Builder32, f: Wide, op: widen.Long, into: Binary | null): Flow {
  if (!isSize(HS, f.z) || isOddQuad(1, f.d)) return ir.undefined();
  const wide = wideLanes(f);
  const product = op(ir, wide, false, read(ir, 0, doubleOf(f.n)), scalar(ir, f));
  write(ir, 1, f.d, into ? into(ir, wide, read(ir, 1, f.d), product) : product);
  return 'next';
}
const long =
  (into: Binary | null) =>
  (ir: Builder32, f: Wide & { readonly u: number }): Flow =>
    applyLong(ir, f, widen.multiplyLong(!f.u), into);
const saturatingLong =
  (into: Binary | null) =>
  (ir: Builder32, f: Wide): Flow =>
    applyLong(ir, f, widen.saturatingDoublingMultiplyLong, into);
const ofSingles =
  (op: (ir: Builder32, f: QDNM, m: Singles) => Flow) =>
  (ir: Builder32, f: QDNM): Flow => {
    if (isOddQuad(f.q, f.d, doubleOf(f.n))) return ir.undefined();
    const { d, lane } = scalarOf(2, f.m);
    return op(ir, f, { address: ir.sAddress(2 * d + lane), stride: 0 });
  };

const { add, sub, mul, accumulate, deduct } = arithmetic;

export const simdByScalarLift = {
  VMLA_scalar: accumulating(accumulate(mul)),
  VMLA_f_scalar: ofSingles((ir, f, m) => vectorChained(ir, false, f, m)),
  VMLAL_scalar: long(add),
  VQDMLAL_scalar: saturatingLong(saturatingAddS),
  VMLS_scalar: accumulating(deduct(mul)),
  VMLS_f_scalar: ofSingles((ir, f, m) => vectorChained(ir, true, f, m)),
  VMLSL_scalar: long(sub),
  VQDMLSL_scalar: saturatingLong(saturatingSubS),
  VMUL_scalar: lanewise(mul),
  VMUL_f_scalar: ofSingles((ir, f, m) => vectorBinary(ir, BINARY_MUL, f, m)),
  VMULL_scalar: long(null),
  VQDMULL_scalar: saturatingLong(null),
  VQDMULH_scalar: lanewise(widen.saturatingDoublingMultiplyHigh(false)),
  VQRDMULH_scalar: lanewise(widen.saturatingDoublingMultiplyHigh(true)),
} satisfies Lifters32<typeof simdByScalar>;
