import type { Lifters } from '../decode/lift.ts';
import { ROUND_TIE_AWAY } from '../helpers/float-codes.ts';
import { V } from '../state/cells.ts';
import type { fpInteger } from './fp-integer.table.ts';
import { fromInteger, operand, toInteger } from './fp-operations.ts';
import { setScalar } from './scalar.ts';

export const fpIntegerLift = {
  FCVTxS: (ir, f) => {
    ir.setX(f.d, toInteger(ir, f.s, operand(ir, f.t, f.n), f.r, false));
    return 'next';
  },
  FCVTxU: (ir, f) => {
    ir.setX(f.d, toInteger(ir, f.s, operand(ir, f.t, f.n), f.r, true));
    return 'next';
  },
  FCVTAS: (ir, f) => {
    ir.setX(f.d, toInteger(ir, f.s, operand(ir, f.t, f.n), ROUND_TIE_AWAY, false));
    return 'next';
  },
  FCVTAU: (ir, f) => {
    ir.setX(f.d, toInteger(ir, f.s, operand(ir, f.t, f.n), ROUND_TIE_AWAY, true));
    return 'next';
  },
  SCVTF: (ir, f) => {
    setScalar(ir, f.d, fromInteger(ir, f.s, f.t, f.n, false));
    return 'next';
  },
  UCVTF: (ir, f) => {
    setScalar(ir, f.d, fromInteger(ir, f.s, f.t, f.n, true));
    return 'next';
  },
  FMOV_w_from_s: (ir, f) => {
    ir.setW(f.d, ir.vs(f.n));
    return 'next';
  },
  FMOV_s_from_w: (ir, f) => {
    ir.setVs(f.d, ir.w(f.n));
    return 'next';
  },
  FMOV_x_from_d: (ir, f) => {
    ir.setX(f.d, ir.vd(f.n));
    return 'next';
  },
  FMOV_d_from_x: (ir, f) => {
    ir.setVd(f.d, ir.x(f.n));
    return 'next';
  },
  FMOV_x_from_top: (ir, f) => {
    ir.setX(f.d, ir.cell64(V + 16 * f.n + 8));
    return 'next';
  },
  FMOV_top_from_x: (ir, f) => {
    ir.setCell64(V + 16 * f.d + 8, ir.x(f.n));
    return 'next';
  },
} satisfies Lifters<typeof fpInteger>;
