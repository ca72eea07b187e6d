import type { Lifters } from '../decode/lift.ts';
import type { HelperName } from '../helpers/signatures.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import { BHS, BHSD, type Binary, HS, type Ternary, vectorLanes } from '../simd/lanes.ts';
import * as saturate from '../simd/saturate.ts';
import { saturatingDoublingMultiplyHigh } from '../simd/widen.ts';
import { clearAbove, isArrangement } from './simd-operands.ts';
import type { simdThreeSame } from './simd-three-same.table.ts';

type Sized = { readonly q: number; readonly z: number; readonly m: number; readonly n: number; readonly d: number };
type Bitwise = Omit<Sized, 'z'>;

const lanewise =
  (sizes: number, op: Binary) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isArrangement(sizes, f.z, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(f.z, f.q), ir.vq(f.n), ir.vq(f.m)));
    return 'next';
  };
const accumulating =
  (sizes: number, op: Ternary) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isArrangement(sizes, f.z, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(f.z, f.q), ir.vq(f.n), ir.vq(f.m), ir.vq(f.d)));
    return 'next';
  };
const bitwise =
  (op: (ir: Builder, n: V128, m: V128, d: () => V128) => V128) =>
  (ir: Builder, f: Bitwise): Flow => {
    ir.setVector(
      f.q,
      f.d,
      op(ir, ir.vq(f.n), ir.vq(f.m), () => ir.vq(f.d)),
    );
    return 'next';
  };
const shiftByRegister =
  (helper: HelperName) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isArrangement(BHSD, f.z, f.q)) return ir.undefined();
    const { bytes } = vectorLanes(f.z, f.q);
    ir.call(helper, ir.vAddress(f.d), ir.vAddress(f.n), ir.vAddress(f.m), ir.i32(f.z), ir.i32(bytes));
    clearAbove(ir, bytes, f.d);
    return 'next';
  };

export const simdThreeSameLift = {
  SHADD_v: lanewise(BHS, arithmetic.halvingAdd(true)),
  UHADD_v: lanewise(BHS, arithmetic.halvingAdd(false)),
  SHSUB_v: lanewise(BHS, arithmetic.halvingSub(true)),
  UHSUB_v: lanewise(BHS, arithmetic.halvingSub(false)),
  SRHADD_v: lanewise(BHS, arithmetic.roundingHalvingAdd(true)),
  URHADD_v: lanewise(BHS, arithmetic.roundingHalvingAdd(false)),
  SQADD_v: lanewise(BHSD, saturate.saturatingAddS),
  UQADD_v: lanewise(BHSD, saturate.saturatingAddU),
  SQSUB_v: lanewise(BHSD, saturate.saturatingSubS),
  UQSUB_v: lanewise(BHSD, saturate.saturatingSubU),
  CMGT_v: lanewise(BHSD, arithmetic.greaterS),
  CMGE_v: lanewise(BHSD, arithmetic.greaterEqualS),
  CMHI_v: lanewise(BHSD, arithmetic.greaterU),
  CMHS_v: lanewise(BHSD, arithmetic.greaterEqualU),
  CMEQ_v: lanewise(BHSD, arithmetic.equal),
  CMTST_v: lanewise(BHSD, arithmetic.testBits),
  SSHL_v: shiftByRegister('sshl'),
  USHL_v: shiftByRegister('ushl'),
  SRSHL_v: shiftByRegister('srshl'),
  URSHL_v: shiftByRegister('urshl'),
  SQSHL_v: shiftByRegister('sqshl'),
  UQSHL_v: shiftByRegister('uqshl'),
  SQRSHL_v: shiftByRegister('sqrshl'),
  UQRSHL_v: shiftByRegister('uqrshl'),
  SMAX_v: lanewise(BHS, arithmetic.maxS),
  UMAX_v: lanewise(BHS, arithmetic.maxU),
  SMIN_v: lanewise(BHS, arithmetic.minS),
  UMIN_v: lanewise(BHS, arithmetic.minU),
  SABD_v: lanewise(BHS, arithmetic.differenceS),
  UABD_v: lanewise(BHS, arithmetic.differenceU),
  SABA_v: accumulating(BHS, arithmetic.accumulate(arithmetic.differenceS)),
  UABA_v: accumulating(BHS, arithmetic.accumulate(arithmetic.differenceU)),
  ADD_v: lanewise(BHSD, arithmetic.add),
  SUB_v: lanewise(BHSD, arithmetic.sub),
  MLA_v: accumulating(BHS, arithmetic.accumulate(arithmetic.mul)),
  MLS_v: accumulating(BHS, arithmetic.deduct(arithmetic.mul)),
  MUL_v: lanewise(BHS, arithmetic.mul),
  PMUL_v: (ir, f) => {
    const { bytes } = vectorLanes(0, f.q);
    ir.call('pmul8', ir.vAddress(f.d), ir.vAddress(f.n), ir.vAddress(f.m), ir.i32(bytes));
    clearAbove(ir, bytes, f.d);
    return 'next';
  },
  SMAXP_v: lanewise(BHS, arithmetic.pairwise(arithmetic.maxS)),
  UMAXP_v: lanewise(BHS, arithmetic.pairwise(arithmetic.maxU)),
  SMINP_v: lanewise(BHS, arithmetic.pairwise(arithmetic.minS)),
  UMINP_v: lanewise(BHS, arithmetic.pairwise(arithmetic.minU)),
  ADDP_v: lanewise(BHSD, arithmetic.pairwise(arithmetic.add)),
  SQDMULH_v: lanewise(HS, saturatingDoublingMultiplyHigh(false)),
  SQRDMULH_v: lanewise(HS, saturatingDoublingMultiplyHigh(true)),
  AND_v: bitwise((ir, n, m) => ir.v('v128.and', n, m)),
  BIC_v: bitwise((ir, n, m) => ir.v('v128.andnot', n, m)),
  ORR_v: (ir, f) => {
    // MOV (vector) is ORR of a register with itself.
    const n = ir.vq(f.n);
    ir.setVector(f.q, f.d, f.n === f.m ? n : ir.v('v128.or', n, ir.vq(f.m)));
    return 'next';
  },
  ORN_v: bitwise((ir, n, m) => ir.v('v128.or', n, ir.v('v128.not', m))),
  EOR_v: bitwise((ir, n, m) => ir.v('v128.xor', n, m)),
  BSL_v: bitwise((ir, n, m, d) => ir.v('v128.bitselect', n, m, d())),
  BIT_v: bitwise((ir, n, m, d) => ir.v('v128.bitselect', n, d(), m)),
  BIF_v: bitwise((ir, n, m, d) => ir.v('v128.bitselect', d(), n, m)),
} satisfies Lifters<typeof simdThreeSame>;
