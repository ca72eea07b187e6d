import type { Lifters32 } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { type Singles, singlesOf, standard, vectorBinary, vectorChained, vectorFused } from './simd-fp-operations.ts';
import { isOdd, type QDNM } from './simd-operands.ts';
import type { simdThreeSameFp } from './simd-three-same-fp.table.ts';
import { doubleOf } from './vfp-operands.ts';

const withM =
  (op: (ir: Builder32, f: QDNM, m: Singles) => Flow) =>
  (ir: Builder32, f: QDNM): Flow =>
    isOdd(f) ? ir.undefined() : op(ir, f, singlesOf(ir, f.m));
const lanewise = (op: number) => withM((ir, f, m) => vectorBinary(ir, op, f, m));
/** Of D registers only. */
const pairwise =
  (op: number) =>
  (ir: Builder32, f: Omit<QDNM, 'q'>): Flow => {
    const operands = [ir.dAddress(f.d), ir.dAddress(doubleOf(f.n)), ir.dAddress(f.m)] as const;
    ir.call('f32Pairwise', ir.i32(op), ...operands, ir.i32(8), standard(ir));
    return 'next';
  };

export const simdThreeSameFpLift = {
  VFMA: withM((ir, f, m) => vectorFused(ir, false, f, m)),
  VFMS: withM((ir, f, m) => vectorFused(ir, true, f, m)),
  VADD_f: lanewise(codes.BINARY_ADD),
  VSUB_f: lanewise(codes.BINARY_SUB),
  VPADD_f: pairwise(codes.BINARY_ADD),
  VABD_f: lanewise(codes.BINARY_ABD),
  VMLA_f: withM((ir, f, m) => vectorChained(ir, false, f, m)),
  VMLS_f: withM((ir, f, m) => vectorChained(ir, true, f, m)),
  VMUL_f: lanewise(codes.BINARY_MUL),
  VCEQ_f: lanewise(codes.BINARY_CMEQ),
  VCGE_f: lanewise(codes.BINARY_CMGE),
  VCGT_f: lanewise(codes.BINARY_CMGT),
  VACGE: lanewise(codes.BINARY_ACGE),
  VACGT: lanewise(codes.BINARY_ACGT),
  VMAX_f: lanewise(codes.BINARY_MAX),
  VMIN_f: lanewise(codes.BINARY_MIN),
  VPMAX_f: pairwise(codes.BINARY_MAX),
  VPMIN_f: pairwise(codes.BINARY_MIN),
  VRECPS: lanewise(codes.BINARY_RECPS_CHAINED),
  VRSQRTS: lanewise(codes.BINARY_RSQRTS_CHAINED),
} satisfies Lifters32<typeof simdThreeSameFp>;
