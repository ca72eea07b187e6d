import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { V128 } from '../ir/types.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import {
  B,
  BH,
  BHS,
  BHSD,
  type Binary,
  isSize,
  laneBits,
  shiftLeft,
  type Unary,
  vectorLanes,
  zero,
} from '../simd/lanes.ts';
import { reverse, reverseBits } from '../simd/permute.ts';
import * as saturate from '../simd/saturate.ts';
import { extend, narrow, pairwiseAddLong } from '../simd/widen.ts';
import { isArrangement, setHalf } from './simd-operands.ts';
import type { simdTwoRegMisc } from './simd-two-reg-misc.table.ts';

type Sized = { readonly q: number; readonly z: number; readonly n: number; readonly d: number };

const lanewise =
  (sizes: number, op: Unary) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isArrangement(sizes, f.z, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(f.z, f.q), ir.vq(f.n)));
    return 'next';
  };
const bytewise =
  (op: (ir: Builder, a: V128) => V128) =>
  (ir: Builder, f: Omit<Sized, 'z'>): Flow => {
    ir.setVector(f.q, f.d, op(ir, ir.vq(f.n)));
    return 'next';
  };
/** The destination is an operand too. */
const into =
  (op: Binary) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isArrangement(BHSD, f.z, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(f.z, f.q), ir.vq(f.n), ir.vq(f.d)));
    return 'next';
  };
const pairwiseLong =
  (signed: boolean, accumulate: boolean) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isSize(BHS, f.z)) return ir.undefined();
    const sums = pairwiseAddLong(ir, signed, f.z + 1, ir.vq(f.n));
    const result = accumulate ? arithmetic.add(ir, vectorLanes(f.z + 1, f.q), ir.vq(f.d), sums) : sums;
    ir.setVector(f.q, f.d, result);
    return 'next';
  };
const narrowing =
  (clamp: Unary | null) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isSize(BHS, f.z)) return ir.undefined();
    const wide = ir.vq(f.n);
    setHalf(ir, f.q, f.d, narrow(ir, f.z, clamp ? clamp(ir, { size: f.z + 1, bytes: 16 }, wide) : wide));
    return 'next';
  };

export const simdTwoRegMiscLift = {
  REV64_v: lanewise(BHS, reverse(3)),
  REV32_v: lanewise(BH, reverse(2)),
  REV16_v: lanewise(B, reverse(1)),
  SADDLP_v: pairwiseLong(true, false),
  UADDLP_v: pairwiseLong(false, false),
  SADALP_v: pairwiseLong(true, true),
  UADALP_v: pairwiseLong(false, true),
  SUQADD_v: into(saturate.saturatingAccumulateU),
  USQADD_v: into(saturate.saturatingAccumulateS),
  CLS_v: lanewise(BHS, arithmetic.countLeadingSigns),
  CLZ_v: lanewise(BHS, arithmetic.countLeadingZeros),
  CNT_v: bytewise((ir, a) => ir.v('i8x16.popcnt', a)),
  NOT_v: bytewise((ir, a) => ir.v('v128.not', a)),
  RBIT_v: bytewise(reverseBits),
  SQABS_v: lanewise(BHSD, saturate.saturatingAbs),
  SQNEG_v: lanewise(BHSD, saturate.saturatingNeg),
  CMGT_zero: lanewise(BHSD, (ir, lanes, a) => arithmetic.greaterS(ir, lanes, a, zero(ir))),
  CMGE_zero: lanewise(BHSD, (ir, lanes, a) => arithmetic.greaterEqualS(ir, lanes, a, zero(ir))),
  CMEQ_zero: lanewise(BHSD, (ir, lanes, a) => arithmetic.equal(ir, lanes, a, zero(ir))),
  CMLE_zero: lanewise(BHSD, (ir, lanes, a) => arithmetic.greaterEqualS(ir, lanes, zero(ir), a)),
  CMLT_zero: lanewise(BHSD, (ir, lanes, a) => arithmetic.greaterS(ir, lanes, zero(ir), a)),
  ABS_v: lanewise(BHSD, arithmetic.abs),
  NEG_v: lanewise(BHSD, arithmetic.neg),
  XTN_v: narrowing(null),
  SQXTN_v: narrowing(saturate.clampToNarrowS),
  UQXTN_v: narrowing(saturate.clampToNarrowU),
  SQXTUN_v: narrowing(saturate.clampToNarrowSU),
  SHLL_v: (ir, f) => {
    if (!isSize(BHS, f.z)) return ir.undefined();
    const wide = extend(ir, false, f.z + 1, f.q === 1, ir.vq(f.n));
    ir.setVq(f.d, shiftLeft(ir, f.z + 1, wide, laneBits(f.z)));
    return 'next';
  },
} satisfies Lifters<typeof simdTwoRegMisc>;
