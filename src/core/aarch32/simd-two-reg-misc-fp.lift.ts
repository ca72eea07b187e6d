import type { Lifters32 } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { detail } from '../lifting/float.ts';
import { standardWithAhp, vectorUnary } from './simd-fp-operations.ts';
import { isOdd, isOddQuad, type QDM, read, write } from './simd-operands.ts';
import type { simdTwoRegMiscFp } from './simd-two-reg-misc.table.ts';

const lanewise =
  (op: number) =>
  (ir: Builder32, f: QDM): Flow =>
    isOdd(f) ? ir.undefined() : vectorUnary(ir, op, 0, f);
const convert =
  (op: number, rounding: number) =>
  (ir: Builder32, f: QDM & { readonly u: number }): Flow =>
    isOdd(f) ? ir.undefined() : vectorUnary(ir, op, detail(rounding, f.u === 1), f);

const SIGNS = 0x8000000080000000n;
/** A bit operation with each lane's sign bit. */
const signs =
  (op: 'v128.andnot' | 'v128.xor') =>
  (ir: Builder32, f: QDM): Flow => {
    if (isOdd(f)) return ir.undefined();
    write(ir, f.q, f.d, ir.v(op, read(ir, f.q, f.m), ir.v128(SIGNS, SIGNS)));
    return 'next';
  };

export const simdTwoRegMiscFpLift = {
  VCGT_f_zero: lanewise(codes.UNARY_CMGT0),
  VCGE_f_zero: lanewise(codes.UNARY_CMGE0),
  VCEQ_f_zero: lanewise(codes.UNARY_CMEQ0),
  VCLE_f_zero: lanewise(codes.UNARY_CMLE0),
  VCLT_f_zero: lanewise(codes.UNARY_CMLT0),
  VABS_f: signs('v128.andnot'),
  VNEG_f: signs('v128.xor'),
  VCVT_f16_f: (ir, f) => {
    if (isOddQuad(1, f.m)) return ir.undefined();
    ir.call('f32VectorToF16', ir.dAddress(f.d), ir.dAddress(f.m), standardWithAhp(ir));
    return 'next';
  },
  VCVT_f_f16: (ir, f) => {
    if (isOddQuad(1, f.d)) return ir.undefined();
    ir.call('f32VectorFromF16', ir.dAddress(f.d), ir.dAddress(f.m), standardWithAhp(ir));
    return 'next';
  },
  VRECPE_u: lanewise(codes.UNARY_URECPE),
  VRSQRTE_u: lanewise(codes.UNARY_URSQRTE),
  VRECPE_f: lanewise(codes.UNARY_RECPE),
  VRSQRTE_f: lanewise(codes.UNARY_RSQRTE),
  VCVT_f_from_integer: convert(codes.UNARY_FROM_INT, codes.ROUND_TIE_EVEN),
  VCVT_f_to_integer: convert(codes.UNARY_TO_INT, codes.ROUND_ZERO),
} satisfies Lifters32<typeof simdTwoRegMiscFp>;
