import type { Lifters } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { V } from '../state/cells.ts';
import { binary, operand } from './fp-operations.ts';
import { setScalar } from './scalar.ts';
import type { simdScalarPairwiseFp } from './simd-scalar-pairwise-fp.table.ts';

type Fields = { readonly z: number; readonly n: number; readonly d: number };

const apply =
  (op: number) =>
  (ir: Builder, f: Fields): Flow => {
    const second = f.z ? ir.cell64(V + 16 * f.n + 8) : ir.cell32(V + 16 * f.n + 4);
    setScalar(ir, f.d, binary(ir, op, operand(ir, f.z, f.n), second));
    return 'next';
  };

export const simdScalarPairwiseFpLift = {
  FMAXNMP_s: apply(codes.BINARY_MAXNM),
  FMINNMP_s: apply(codes.BINARY_MINNM),
  FADDP_s: apply(codes.BINARY_ADD),
  FMAXP_s: apply(codes.BINARY_MAX),
  FMINP_s: apply(codes.BINARY_MIN),
} satisfies Lifters<typeof simdScalarPairwiseFp>;
