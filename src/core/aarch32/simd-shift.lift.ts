import type { Lifters32 } from '../decode/lift.ts';
import { ROUND_TIE_EVEN, ROUND_ZERO, UNARY_FROM_INT, UNARY_TO_INT } from '../helpers/float-codes.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { detail } from '../lifting/float.ts';
import { BHS, isSize, type Unary, vectorLanes } from '../simd/lanes.ts';
import * as saturate from '../simd/saturate.ts';
import * as shift from '../simd/shift.ts';
import { extend, narrow } from '../simd/widen.ts';
import { vectorUnary } from './simd-fp-operations.ts';
import { isOdd, isOddQuad, type QDM, read, write } from './simd-operands.ts';
import type { simdShift } from './simd-shift.table.ts';

type Narrow = { readonly h: number; readonly b: number; readonly m: number; readonly d: number };
type Shift = QDM & Narrow & { readonly l: number };
type Signed<T> = T & { readonly u: number };
type Amount = (immh: number, immb: number) => number;

const { leftBy, rightBy, shiftedSize, right, roundingRight, accumulating } = shift;
const immh = (f: Shift): number => (f.l << 3) | f.h;

function apply(ir: Builder32, f: Shift, amount: Amount, op: shift.ShiftBy): Flow {
  if (isOdd(f)) return ir.undefined();
  const h = immh(f);
  write(ir, f.q, f.d, op(ir, vectorLanes(shiftedSize(h), f.q), read(ir, f.q, f.m), amount(h, f.b)));
  return 'next';
}
function applyInto(ir: Builder32, f: Shift, amount: Amount, op: shift.ShiftInto): Flow {
  return apply(ir, f, amount, (_, lanes, m, by) => op(ir, lanes, m, by, read(ir, f.q, f.d)));
}
const signed =
  (op: (signed: boolean) => shift.ShiftBy) =>
  (ir: Builder32, f: Signed<Shift>): Flow =>
    apply(ir, f, rightBy, op(!f.u));
const signedInto =
  (op: (signed: boolean) => shift.ShiftBy) =>
  (ir: Builder32, f: Signed<Shift>): Flow =>
    applyInto(ir, f, rightBy, accumulating(op(!f.u)));

/** Right shifts of a Q register's lanes into a D register's. */
function applyNarrowing(ir: Builder32, f: Narrow, op: shift.ShiftBy, clamp: Unary | null): Flow {
  const size = shiftedSize(f.h);
  if (!isSize(BHS, size) || isOddQuad(1, f.m)) return ir.undefined();
  const wide = { size: size + 1, bytes: 16 };
  const shifted = op(ir, wide, read(ir, 1, f.m), rightBy(f.h, f.b));
  write(ir, 0, f.d, narrow(ir, size, clamp ? clamp(ir, wide, shifted) : shifted));
  return 'next';
}
const narrowing =
  (op: shift.ShiftBy, clamp: Unary | null) =>
  (ir: Builder32, f: Narrow): Flow =>
    applyNarrowing(ir, f, op, clamp);
const saturatingNarrowing =
  (op: (signed: boolean) => shift.ShiftBy) =>
  (ir: Builder32, f: Signed<Narrow>): Flow =>
    applyNarrowing(ir, f, op(!f.u), f.u ? saturate.clampToNarrowU : saturate.clampToNarrowS);

/** Of singles, with 32 - b fraction bits. */
const convert =
  (op: number, rounding: number) =>
  (ir: Builder32, f: Signed<QDM & { readonly b: number }>): Flow =>
    isOdd(f) ? ir.undefined() : vectorUnary(ir, op, detail(rounding, f.u === 1, false, 32 - f.b), f);

export const simdShiftLift = {
  VSHR: signed(right),
  VSRA: signedInto(right),
  VRSHR: signed(roundingRight),
  VRSRA: signedInto(roundingRight),
  VSRI: (ir, f) => applyInto(ir, f, rightBy, shift.insertRight),
  VSHL_imm: (ir, f) => apply(ir, f, leftBy, shift.left),
  VSLI: (ir, f) => applyInto(ir, f, leftBy, shift.insertLeft),
  VQSHLU: (ir, f) => apply(ir, f, leftBy, saturate.saturatingShiftLeftSU),
  VQSHL_imm: (ir, f) => apply(ir, f, leftBy, f.u ? saturate.saturatingShiftLeftU : saturate.saturatingShiftLeftS),
  VSHRN: narrowing(right(false), null),
  VRSHRN: narrowing(roundingRight(false), null),
  VQSHRUN: narrowing(right(true), saturate.clampToNarrowSU),
  VQRSHRUN: narrowing(roundingRight(true), saturate.clampToNarrowSU),
  VQSHRN: saturatingNarrowing(right),
  VQRSHRN: saturatingNarrowing(roundingRight),
  VSHLL: (ir, f) => {
    const size = shiftedSize(f.h);
    if (!isSize(BHS, size) || isOddQuad(1, f.d)) return ir.undefined();
    const wide = extend(ir, !f.u, size + 1, false, read(ir, 0, f.m));
    write(ir, 1, f.d, shift.left(ir, { size: size + 1, bytes: 16 }, wide, leftBy(f.h, f.b)));
    return 'next';
  },
  VCVT_f_from_fixed: convert(UNARY_FROM_INT, ROUND_TIE_EVEN),
  VCVT_f_to_fixed: convert(UNARY_TO_INT, ROUND_ZERO),
} satisfies Lifters32<typeof simdShift>;
