import type { Lifters } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { fpcr } from './fp-operations.ts';
import { type Arranged, isReserved, lanesOf, vectorBinary, vectorMulAdd } from './simd-fp-operations.ts';
import { clearAbove } from './simd-operands.ts';
import type { simdThreeSameFp } from './simd-three-same-fp.table.ts';

type Fields = Arranged & { readonly m: number };

const lanewise =
  (op: number) =>
  (ir: Builder, f: Fields): Flow =>
    isReserved(f) ? ir.undefined() : vectorBinary(ir, op, f, lanesOf(ir, f.z, f.m));
const fused =
  (minus: boolean) =>
  (ir: Builder, f: Fields): Flow =>
    isReserved(f) ? ir.undefined() : vectorMulAdd(ir, minus, f, lanesOf(ir, f.z, f.m));
const pairwise =
  (op: number) =>
  (ir: Builder, f: Fields): Flow => {
    if (isReserved(f)) return ir.undefined();
    const bytes = 8 << f.q;
    const operands = [ir.vAddress(f.d), ir.vAddress(f.n), ir.vAddress(f.m)] as const;
    ir.call(f.z ? 'f64Pairwise' : 'f32Pairwise', ir.i32(op), ...operands, ir.i32(bytes), fpcr(ir));
    clearAbove(ir, bytes, f.d);
    return 'next';
  };

export const simdThreeSameFpLift = {
  FMAXNM_v: lanewise(codes.BINARY_MAXNM),
  FMLA_v: fused(false),
  FADD_v: lanewise(codes.BINARY_ADD),
  FMULX_v: lanewise(codes.BINARY_MULX),
  FCMEQ_v: lanewise(codes.BINARY_CMEQ),
  FMAX_v: lanewise(codes.BINARY_MAX),
  FRECPS_v: lanewise(codes.BINARY_RECPS),
  FMINNM_v: lanewise(codes.BINARY_MINNM),
  FMLS_v: fused(true),
  FSUB_v: lanewise(codes.BINARY_SUB),
  FMIN_v: lanewise(codes.BINARY_MIN),
  FRSQRTS_v: lanewise(codes.BINARY_RSQRTS),
  FMAXNMP_v: pairwise(codes.BINARY_MAXNM),
  FADDP_v: pairwise(codes.BINARY_ADD),
  FMUL_v: lanewise(codes.BINARY_MUL),
  FCMGE_v: lanewise(codes.BINARY_CMGE),
  FACGE_v: lanewise(codes.BINARY_ACGE),
  FMAXP_v: pairwise(codes.BINARY_MAX),
  FDIV_v: lanewise(codes.BINARY_DIV),
  FMINNMP_v: pairwise(codes.BINARY_MINNM),
  FABD_v: lanewise(codes.BINARY_ABD),
  FCMGT_v: lanewise(codes.BINARY_CMGT),
  FACGT_v: lanewise(codes.BINARY_ACGT),
  FMINP_v: pairwise(codes.BINARY_MIN),
} satisfies Lifters<typeof simdThreeSameFp>;
