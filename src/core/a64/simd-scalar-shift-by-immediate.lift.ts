import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { BHS, BHSD, isSize, scalarLanes, type Unary } from '../simd/lanes.ts';
import * as saturate from '../simd/saturate.ts';
import * as shift from '../simd/shift.ts';
import { leftBy, rightBy, shiftedSize } from '../simd/shift.ts';
import { setScalar } from './simd-operands.ts';
import type { simdScalarShiftByImmediate } from './simd-scalar-shift-by-immediate.table.ts';

type Shift = { readonly h: number; readonly b: number; readonly n: number; readonly d: number };
type Amount = (h: number, b: number) => number;

/** immh of the forms whose top bit is fixed. */
const doubleImmh = (h: number): number => 8 | h;

const double =
  (amount: Amount, op: shift.ShiftBy) =>
  (ir: Builder, f: Shift): Flow => {
    setScalar(ir, 3, f.d, op(ir, scalarLanes(3), ir.vq(f.n), amount(doubleImmh(f.h), f.b)));
    return 'next';
  };
const doubleInto =
  (amount: Amount, op: shift.ShiftInto) =>
  (ir: Builder, f: Shift): Flow => {
    setScalar(ir, 3, f.d, op(ir, scalarLanes(3), ir.vq(f.n), amount(doubleImmh(f.h), f.b), ir.vq(f.d)));
    return 'next';
  };
const anySizeLeft =
  (op: shift.ShiftBy) =>
  (ir: Builder, f: Shift): Flow => {
    const size = shiftedSize(f.h);
    if (!isSize(BHSD, size)) return ir.undefined();
    setScalar(ir, size, f.d, op(ir, scalarLanes(size), ir.vq(f.n), leftBy(f.h, f.b)));
    return 'next';
  };
const narrowing =
  (op: shift.ShiftBy, clamp: Unary) =>
  (ir: Builder, f: Shift): Flow => {
    const size = shiftedSize(f.h);
    if (!isSize(BHS, size)) return ir.undefined();
    const wide = scalarLanes(size + 1);
    setScalar(ir, size, f.d, clamp(ir, wide, op(ir, wide, ir.vq(f.n), rightBy(f.h, f.b))));
    return 'next';
  };

const { right, roundingRight, accumulating } = shift;
const { clampToNarrowS, clampToNarrowU, clampToNarrowSU } = saturate;

export const simdScalarShiftByImmediateLift = {
  SSHR_s: double(rightBy, right(true)),
  USHR_s: double(rightBy, right(false)),
  SSRA_s: doubleInto(rightBy, accumulating(right(true))),
  USRA_s: doubleInto(rightBy, accumulating(right(false))),
  SRSHR_s: double(rightBy, roundingRight(true)),
  URSHR_s: double(rightBy, roundingRight(false)),
  SRSRA_s: doubleInto(rightBy, accumulating(roundingRight(true))),
  URSRA_s: doubleInto(rightBy, accumulating(roundingRight(false))),
  SRI_s: doubleInto(rightBy, shift.insertRight),
  SLI_s: doubleInto(leftBy, shift.insertLeft),
  SHL_s: double(leftBy, shift.left),
  SQSHL_imm_s: anySizeLeft(saturate.saturatingShiftLeftS),
  UQSHL_imm_s: anySizeLeft(saturate.saturatingShiftLeftU),
  SQSHLU_s: anySizeLeft(saturate.saturatingShiftLeftSU),
  SQSHRN_s: narrowing(right(true), clampToNarrowS),
  SQRSHRN_s: narrowing(roundingRight(true), clampToNarrowS),
  UQSHRN_s: narrowing(right(false), clampToNarrowU),
  UQRSHRN_s: narrowing(roundingRight(false), clampToNarrowU),
  SQSHRUN_s: narrowing(right(true), clampToNarrowSU),
  SQRSHRUN_s: narrowing(roundingRight(true), clampToNarrowSU),
} satisfies Lifters<typeof simdScalarShiftByImmediate>;
