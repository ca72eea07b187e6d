import type { Lifters } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { detail } from '../lifting/float.ts';
import { fpcr } from './fp-operations.ts';
import { type Arranged, isReserved, vectorUnary } from './simd-fp-operations.ts';
import { clearAbove, halfAddress } from './simd-operands.ts';
import type { simdTwoRegMiscFp } from './simd-two-reg-misc-fp.table.ts';

const lanewise =
  (op: number, how = 0) =>
  (ir: Builder, f: Arranged): Flow =>
    isReserved(f) ? ir.undefined() : vectorUnary(ir, op, how, f);
const round = (how: number) => lanewise(codes.UNARY_RINT, how);
const toInteger = (rounding: number, unsigned: boolean) => lanewise(codes.UNARY_TO_INT, detail(rounding, unsigned));
const fromInteger = (unsigned: boolean) => lanewise(codes.UNARY_FROM_INT, detail(codes.ROUND_FPCR, unsigned));

/** A bit operation with each lane's sign bit. */
const signs =
  (op: 'v128.andnot' | 'v128.xor') =>
  (ir: Builder, f: Arranged): Flow => {
    if (isReserved(f)) return ir.undefined();
    const sign = f.z ? 1n << 63n : 0x8000000080000000n;
    ir.setVector(f.q, f.d, ir.v(op, ir.vq(f.n), ir.v128(sign, sign)));
    return 'next';
  };

type Words = { readonly q: number; readonly n: number; readonly d: number };
const words =
  (op: number) =>
  (ir: Builder, f: Words): Flow =>
    vectorUnary(ir, op, 0, { ...f, z: 0 });

/** To half the width, rounding as `mode` says: to the low half of d, the upper becoming zero, or to the upper half. */
function narrow(ir: Builder, f: Arranged, mode: number): Flow {
  const d = halfAddress(ir, f.d, f.q);
  if (f.z) ir.call('f64VectorToF32', d, ir.vAddress(f.n), ir.i32(mode), fpcr(ir));
  else ir.call('f32VectorToF16', d, ir.vAddress(f.n), fpcr(ir));
  if (!f.q) clearAbove(ir, 8, f.d);
  return 'next';
}

export const simdTwoRegMiscFpLift = {
  FRINTN_v: round(codes.ROUND_TIE_EVEN),
  FRINTM_v: round(codes.ROUND_DOWN),
  FCVTNS_v: toInteger(codes.ROUND_TIE_EVEN, false),
  FCVTMS_v: toInteger(codes.ROUND_DOWN, false),
  FCVTAS_v: toInteger(codes.ROUND_TIE_AWAY, false),
  SCVTF_v: fromInteger(false),
  FCMGT_zero_v: lanewise(codes.UNARY_CMGT0),
  FCMEQ_zero_v: lanewise(codes.UNARY_CMEQ0),
  FCMLT_zero_v: lanewise(codes.UNARY_CMLT0),
  FABS_v: signs('v128.andnot'),
  FRINTP_v: round(codes.ROUND_UP),
  FRINTZ_v: round(codes.ROUND_ZERO),
  FCVTPS_v: toInteger(codes.ROUND_UP, false),
  FCVTZS_v: toInteger(codes.ROUND_ZERO, false),
  FRECPE_v: lanewise(codes.UNARY_RECPE),
  FRINTA_v: round(codes.ROUND_TIE_AWAY),
  FRINTX_v: round(codes.ROUND_FPCR | codes.DETAIL_EXACT),
  FCVTNU_v: toInteger(codes.ROUND_TIE_EVEN, true),
  FCVTMU_v: toInteger(codes.ROUND_DOWN, true),
  FCVTAU_v: toInteger(codes.ROUND_TIE_AWAY, true),
  UCVTF_v: fromInteger(true),
  FCMGE_zero_v: lanewise(codes.UNARY_CMGE0),
  FCMLE_zero_v: lanewise(codes.UNARY_CMLE0),
  FNEG_v: signs('v128.xor'),
  FRINTI_v: round(codes.ROUND_FPCR),
  FCVTPU_v: toInteger(codes.ROUND_UP, true),
  FCVTZU_v: toInteger(codes.ROUND_ZERO, true),
  FRSQRTE_v: lanewise(codes.UNARY_RSQRTE),
  FSQRT_v: lanewise(codes.UNARY_SQRT),
  FCVTN: (ir, f) => narrow(ir, f, codes.ROUND_FPCR),
  FCVTL: (ir, f) => {
    ir.call(f.z ? 'f64VectorFromF32' : 'f32VectorFromF16', ir.vAddress(f.d), halfAddress(ir, f.n, f.q), fpcr(ir));
    return 'next';
  },
  FCVTXN_v: (ir, f) => narrow(ir, { ...f, z: 1 }, codes.ROUND_ODD),
  URECPE: words(codes.UNARY_URECPE),
  URSQRTE: words(codes.UNARY_URSQRTE),
} satisfies Lifters<typeof simdTwoRegMiscFp>;
