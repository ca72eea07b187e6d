import type { Lifters } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I32 } from '../ir/types.ts';
import { detail } from '../lifting/float.ts';
import { fpcr, operand, unary } from './fp-operations.ts';
import { setScalar } from './scalar.ts';
import type { simdScalarTwoRegMiscFp } from './simd-scalar-two-reg-misc-fp.table.ts';

type Fields = { readonly z: number; readonly n: number; readonly d: number };

const apply =
  (op: number, how = 0) =>
  (ir: Builder, f: Fields): Flow => {
    setScalar(ir, f.d, unary(ir, op, operand(ir, f.z, f.n), how));
    return 'next';
  };
const toInteger = (rounding: number, unsigned: boolean) => apply(codes.UNARY_TO_INT, detail(rounding, unsigned));
const fromInteger = (unsigned: boolean) => apply(codes.UNARY_FROM_INT, detail(codes.ROUND_FPCR, unsigned));

export const simdScalarTwoRegMiscFpLift = {
  FCVTNS_s: toInteger(codes.ROUND_TIE_EVEN, false),
  FCVTMS_s: toInteger(codes.ROUND_DOWN, false),
  FCVTAS_s: toInteger(codes.ROUND_TIE_AWAY, false),
  SCVTF_s: fromInteger(false),
  FCMGT_zero_s: apply(codes.UNARY_CMGT0),
  FCMEQ_zero_s: apply(codes.UNARY_CMEQ0),
  FCMLT_zero_s: apply(codes.UNARY_CMLT0),
  FCVTPS_s: toInteger(codes.ROUND_UP, false),
  FCVTZS_s: toInteger(codes.ROUND_ZERO, false),
  FRECPE_s: apply(codes.UNARY_RECPE),
  FCVTNU_s: toInteger(codes.ROUND_TIE_EVEN, true),
  FCVTMU_s: toInteger(codes.ROUND_DOWN, true),
  FCVTAU_s: toInteger(codes.ROUND_TIE_AWAY, true),
  UCVTF_s: fromInteger(true),
  FCMGE_zero_s: apply(codes.UNARY_CMGE0),
  FCMLE_zero_s: apply(codes.UNARY_CMLE0),
  FCVTPU_s: toInteger(codes.ROUND_UP, true),
  FCVTZU_s: toInteger(codes.ROUND_ZERO, true),
  FRSQRTE_s: apply(codes.UNARY_RSQRTE),
  FRECPX: apply(codes.UNARY_RECPX),
  FCVTXN_s: (ir, f) => {
    ir.setVs(f.d, ir.call('f64ToF32', ir.vd(f.n), ir.i32(codes.ROUND_ODD), fpcr(ir)) as I32);
    return 'next';
  },
} satisfies Lifters<typeof simdScalarTwoRegMiscFp>;
