import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { BHS, BHSD, isSize, type Unary, vectorLanes } from '../simd/lanes.ts';
import * as saturate from '../simd/saturate.ts';
import * as shift from '../simd/shift.ts';
import { leftBy, rightBy, shiftedSize } from '../simd/shift.ts';
import { extend, narrow } from '../simd/widen.ts';
import { isArrangement, setHalf } from './simd-operands.ts';
import type { simdShiftByImmediate } from './simd-shift-by-immediate.table.ts';

type Shift = { readonly q: number; readonly h: number; readonly b: number; readonly n: number; readonly d: number };
type Amount = (h: number, b: number) => number;

const lanewise =
  (amount: Amount, op: shift.ShiftBy) =>
  (ir: Builder, f: Shift): Flow => {
    const size = shiftedSize(f.h);
    if (!isArrangement(BHSD, size, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(size, f.q), ir.vq(f.n), amount(f.h, f.b)));
    return 'next';
  };
const into =
  (amount: Amount, op: shift.ShiftInto) =>
  (ir: Builder, f: Shift): Flow => {
    const size = shiftedSize(f.h);
    if (!isArrangement(BHSD, size, f.q)) return ir.undefined();
    ir.setVector(f.q, f.d, op(ir, vectorLanes(size, f.q), ir.vq(f.n), amount(f.h, f.b), ir.vq(f.d)));
    return 'next';
  };
/** Right shifts of wide lanes into narrow ones, whose size immh tells. */
const narrowing =
  (op: shift.ShiftBy, clamp: Unary | null) =>
  (ir: Builder, f: Shift): Flow => {
    const size = shiftedSize(f.h);
    if (!isSize(BHS, size)) return ir.undefined();
    const wide = { size: size + 1, bytes: 16 };
    const shifted = op(ir, wide, ir.vq(f.n), rightBy(f.h, f.b));
    setHalf(ir, f.q, f.d, narrow(ir, size, clamp ? clamp(ir, wide, shifted) : shifted));
    return 'next';
  };
const long =
  (signed: boolean) =>
  (ir: Builder, f: Shift): Flow => {
    const size = shiftedSize(f.h);
    if (!isSize(BHS, size)) return ir.undefined();
    const wide = extend(ir, signed, size + 1, f.q === 1, ir.vq(f.n));
    ir.setVq(f.d, shift.left(ir, { size: size + 1, bytes: 16 }, wide, leftBy(f.h, f.b)));
    return 'next';
  };

const { right, roundingRight, accumulating } = shift;
const { clampToNarrowS, clampToNarrowU, clampToNarrowSU } = saturate;

export const simdShiftByImmediateLift = {
  SSHR_v: lanewise(rightBy, right(true)),
  USHR_v: lanewise(rightBy, right(false)),
  SSRA_v: into(rightBy, accumulating(right(true))),
  USRA_v: into(rightBy, accumulating(right(false))),
  SRSHR_v: lanewise(rightBy, roundingRight(true)),
  URSHR_v: lanewise(rightBy, roundingRight(false)),
  SRSRA_v: into(rightBy, accumulating(roundingRight(true))),
  URSRA_v: into(rightBy, accumulating(roundingRight(false))),
  SRI_v: into(rightBy, shift.insertRight),
  SLI_v: into(leftBy, shift.insertLeft),
  SHL_v: lanewise(leftBy, shift.left),
  SQSHL_imm: lanewise(leftBy, saturate.saturatingShiftLeftS),
  UQSHL_imm: lanewise(leftBy, saturate.saturatingShiftLeftU),
  SQSHLU_v: lanewise(leftBy, saturate.saturatingShiftLeftSU),
  SHRN: narrowing(right(false), null),
  RSHRN: narrowing(roundingRight(false), null),
  SQSHRN_v: narrowing(right(true), clampToNarrowS),
  SQRSHRN_v: narrowing(roundingRight(true), clampToNarrowS),
  UQSHRN_v: narrowing(right(false), clampToNarrowU),
  UQRSHRN_v: narrowing(roundingRight(false), clampToNarrowU),
  SQSHRUN_v: narrowing(right(true), clampToNarrowSU),
  SQRSHRUN_v: narrowing(roundingRight(true), clampToNarrowSU),
  SSHLL: long(true),
  USHLL: long(false),
} satisfies Lifters<typeof simdShiftByImmediate>;
