import type { Lifters } from '../decode/lift.ts';
import {
  DETAIL_EXACT,
  ROUND_DOWN,
  ROUND_FPCR,
  ROUND_TIE_AWAY,
  ROUND_TIE_EVEN,
  ROUND_UP,
  ROUND_ZERO,
  UNARY_RINT,
  UNARY_SQRT,
} from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';
import { absolute, negate } from '../lifting/float.ts';
import type { fpOneSource } from './fp-one-source.table.ts';
import { fpcr, operand, unary } from './fp-operations.ts';
import { setScalar } from './scalar.ts';

type Fields = { readonly t: number; readonly n: number; readonly d: number };

const apply =
  (op: (ir: Builder, a: Value<Int>) => Value<Int>) =>
  (ir: Builder, f: Fields): Flow => {
    setScalar(ir, f.d, op(ir, operand(ir, f.t, f.n)));
    return 'next';
  };
const round = (detail: number) => apply((ir, a) => unary(ir, UNARY_RINT, a, detail));

export const fpOneSourceLift = {
  FMOV: apply((_, a) => a),
  FABS: apply(absolute),
  FNEG: apply(negate),
  FSQRT: apply((ir, a) => unary(ir, UNARY_SQRT, a)),
  FCVT_s_to_d: (ir, f) => {
    ir.setVd(f.d, ir.call('f32ToF64', ir.vs(f.n), fpcr(ir)) as I64);
    return 'next';
  },
  FCVT_s_to_h: (ir, f) => {
    ir.setVs(f.d, ir.call('f32ToF16', ir.vs(f.n), fpcr(ir)) as I32);
    return 'next';
  },
  FCVT_d_to_s: (ir, f) => {
    ir.setVs(f.d, ir.call('f64ToF32', ir.vd(f.n), ir.i32(ROUND_FPCR), fpcr(ir)) as I32);
    return 'next';
  },
  FCVT_d_to_h: (ir, f) => {
    ir.setVs(f.d, ir.call('f64ToF16', ir.vd(f.n), fpcr(ir)) as I32);
    return 'next';
  },
  FCVT_h_to_s: (ir, f) => {
    ir.setVs(f.d, ir.call('f16ToF32', ir.vh(f.n), fpcr(ir)) as I32);
    return 'next';
  },
  FCVT_h_to_d: (ir, f) => {
    ir.setVd(f.d, ir.call('f16ToF64', ir.vh(f.n), fpcr(ir)) as I64);
    return 'next';
  },
  FRINTN: round(ROUND_TIE_EVEN),
  FRINTP: round(ROUND_UP),
  FRINTM: round(ROUND_DOWN),
  FRINTZ: round(ROUND_ZERO),
  FRINTA: round(ROUND_TIE_AWAY),
  FRINTX: round(ROUND_FPCR | DETAIL_EXACT),
  FRINTI: round(ROUND_FPCR),
} satisfies Lifters<typeof fpOneSource>;
