import type { Lifters } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { binary, operand } from './fp-operations.ts';
import { setScalar } from './scalar.ts';
import type { simdScalarThreeSameFp } from './simd-scalar-three-same-fp.table.ts';

type Fields = { readonly z: number; readonly n: number; readonly m: number; readonly d: number };

const apply =
  (op: number) =>
  (ir: Builder, f: Fields): Flow => {
    setScalar(ir, f.d, binary(ir, op, operand(ir, f.z, f.n), operand(ir, f.z, f.m)));
    return 'next';
  };

export const simdScalarThreeSameFpLift = {
  FMULX_s: apply(codes.BINARY_MULX),
  FCMEQ_s: apply(codes.BINARY_CMEQ),
  FRECPS_s: apply(codes.BINARY_RECPS),
  FRSQRTS_s: apply(codes.BINARY_RSQRTS),
  FCMGE_s: apply(codes.BINARY_CMGE),
  FACGE_s: apply(codes.BINARY_ACGE),
  FABD_s: apply(codes.BINARY_ABD),
  FCMGT_s: apply(codes.BINARY_CMGT),
  FACGT_s: apply(codes.BINARY_ACGT),
} satisfies Lifters<typeof simdScalarThreeSameFp>;
