import { bkpt, bxj, eret, hvc, rfe, smc, srs, svc } from '../aarch32/exception-generation.ts';
import { expandA32 } from '../aarch32/expand-immediate.ts';
import { dataBarrier, hint, instructionBarrier } from '../aarch32/hints.ts';
import { cps, mrs, mrsBanked, msr, msrBanked, setend } from '../aarch32/psr.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { immediateAndHints, miscellaneous, unconditionalSystem } from './system.table.ts';

/** SYSm of a banked register: its top bit stands apart. */
const sysm = (f: { readonly s: number; readonly h: number }): number => (f.h << 4) | f.s;

export const miscellaneousLift = {
  MRS: (ir, f) => mrs(ir, f.d, f.r === 1),
  MRS_banked: (ir, f) => mrsBanked(ir, f.d, f.r === 1, sysm(f)),
  MSR_reg: (ir, f) => (f.n === 15 || f.k === 0 ? ir.undefined() : msr(ir, ir.r(f.n), f.k, f.r === 1)),
  MSR_banked: (ir, f) => msrBanked(ir, f.n, f.r === 1, sysm(f)),
  BXJ: (ir, f) => bxj(ir, f.m),
  ERET: (ir) => eret(ir),
  BKPT: (ir, f) => bkpt(ir, f.i),
  HVC: (ir, f) => hvc(ir, f.i),
  SMC: (ir) => smc(ir),
  SVC: (ir, f) => svc(ir, f.i & 0xffff),
} satisfies Lifters32<typeof miscellaneous>;

export const immediateAndHintsLift = {
  MSR_imm: (ir, f) => (f.k === 0 ? ir.undefined() : msr(ir, ir.i32(expandA32(f.i).value), f.k, f.r === 1)),
  HINT: (ir, f) => hint(ir, f.h, { cond: f.c, narrow: false }),
} satisfies Lifters32<typeof immediateAndHints>;

export const unconditionalSystemLift = {
  CPS: (ir, f) => cps(ir, f.o, f.a, null),
  CPS_mode: (ir, f) => cps(ir, f.o, f.a, f.m),
  SETEND: (ir, f) => setend(ir, f.e === 1),
  DSB: dataBarrier,
  DMB: dataBarrier,
  ISB: instructionBarrier,
  SRS: (ir, f) => srs(ir, f),
  RFE: (ir, f) => rfe(ir, f),
} satisfies Lifters32<typeof unconditionalSystem>;
