import type { Lifters32 } from '../decode/lift.ts';
import { DETAIL_INT16, ROUND_FPCR, ROUND_TIE_EVEN, ROUND_ZERO } from '../helpers/float-codes.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32, I64 } from '../ir/types.ts';
import { detail, fromInteger, toInteger } from '../lifting/float.ts';
import { V } from '../state/cells.ts';
import type { vfpConvert } from './vfp-convert.table.ts';
import { fpscr, type OfD, type OfM, readD, readM, singleOf, writeD } from './vfp-operands.ts';

/** The bottom or, by `t`, top half of S register `n`. */
const halfCell = (n: number, t: number): number => V + 4 * n + 2 * t;

/** Rounds to zero, or as FPSCR says. */
function integer(ir: Builder32, f: OfM & { readonly d: number; readonly s: number }, rounding: number): Flow {
  ir.setS(singleOf(f.d), ir.wrap(toInteger(ir, readM(ir, f), detail(rounding, !f.s), fpscr(ir))));
  return 'next';
}

type Fixed = OfD & { readonly u: number; readonly s: number; readonly i: number };
/** Below 0, which is UNPREDICTABLE, here UNDEFINED. */
const fractionBits = (f: Fixed): number => (f.s ? 32 : 16) - singleOf(f.i);

/** The fixed-point number is the low 16 or 32 bits of the register. */
function fixedOperand(ir: Builder32, f: Fixed): I64 {
  const word = f.z ? ir.wrap(ir.d(f.d)) : ir.s(singleOf(f.d));
  if (f.u) return ir.extendU(f.s ? word : ir.and(word, ir.i32(0xffff)));
  return ir.extendS(f.s ? word : ir.signExtend(word, 16));
}

export const vfpConvertLift = {
  VCVT_f32_f16: (ir, f) => {
    const half = ir.cell16(halfCell(singleOf(f.m), f.t));
    ir.setS(singleOf(f.d), ir.call('f16ToF32', half, fpscr(ir)) as I32);
    return 'next';
  },
  VCVT_f16_f32: (ir, f) => {
    const half = ir.call('f32ToF16', ir.s(singleOf(f.m)), fpscr(ir)) as I32;
    ir.setCell16(halfCell(singleOf(f.d), f.t), half);
    return 'next';
  },
  VCVT_f64_f32: (ir, f) => {
    ir.setD(f.d, ir.call('f32ToF64', ir.s(singleOf(f.m)), fpscr(ir)) as I64);
    return 'next';
  },
  VCVT_f32_f64: (ir, f) => {
    ir.setS(singleOf(f.d), ir.call('f64ToF32', ir.d(f.m), ir.i32(ROUND_FPCR), fpscr(ir)) as I32);
    return 'next';
  },
  VCVT_from_integer: (ir, f) => {
    const word = ir.s(singleOf(f.m));
    const value = f.s ? ir.extendS(word) : ir.extendU(word);
    writeD(ir, f, fromInteger(ir, f.z === 1, value, detail(ROUND_FPCR, !f.s), fpscr(ir)));
    return 'next';
  },
  VCVTR_to_integer: (ir, f) => integer(ir, f, ROUND_FPCR),
  VCVT_to_integer: (ir, f) => integer(ir, f, ROUND_ZERO),
  VCVT_from_fixed: (ir, f) => {
    const fraction = fractionBits(f);
    if (fraction < 0) return ir.undefined();
    const how = detail(ROUND_TIE_EVEN, f.u === 1, false, fraction);
    writeD(ir, f, fromInteger(ir, f.z === 1, fixedOperand(ir, f), how, fpscr(ir)));
    return 'next';
  },
  VCVT_to_fixed: (ir, f) => {
    const fraction = fractionBits(f);
    if (fraction < 0) return ir.undefined();
    const how = detail(ROUND_ZERO, f.u === 1, false, fraction) | (f.s ? 0 : DETAIL_INT16);
    const value = toInteger(ir, readD(ir, f), how, fpscr(ir));
    const word = ir.wrap(value);
    writeD(ir, f, f.z ? (f.u ? value : ir.extendS(word)) : word);
    return 'next';
  },
} satisfies Lifters32<typeof vfpConvert>;
