import { bkpt, bxj, hvc, rfe, smc, srs, subsPcLr, svc } from '../aarch32/exception-generation.ts';
import { dataBarrier, hint, instructionBarrier } from '../aarch32/hints.ts';
import { cps, mrs, mrsBanked, msr, msrBanked, setend } from '../aarch32/psr.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { returnState, system, t16System } from './system.table.ts';

/** SYSm of a banked register: its top bit stands apart. */
const sysm = (f: { readonly s: number; readonly h: number }): number => (f.h << 4) | f.s;
/** CPS with 16 bits: enables or disables, as the two bits of the wide one say it. */
const CPS_ENABLE = 2;
/** The condition of a hint is that of its IT block. */
const COND_OF_IT = 0;

export const t16SystemLift = {
  SETEND: (ir, f) => setend(ir, f.e === 1),
  CPS: (ir, f) => cps(ir, CPS_ENABLE | f.o, f.a, null),
  BKPT: (ir, f) => bkpt(ir, f.i),
  HINT: (ir, f) => hint(ir, f.h, { cond: COND_OF_IT, narrow: true }),
  SVC: (ir, f) => svc(ir, f.i),
  UDF: (ir) => ir.undefined(),
} satisfies Lifters32<typeof t16System>;

export const systemLift = {
  MSR_reg: (ir, f) => (f.n === 15 || f.k === 0 ? ir.undefined() : msr(ir, ir.r(f.n), f.k, f.r === 1)),
  MSR_banked: (ir, f) => msrBanked(ir, f.n, f.r === 1, sysm(f)),
  MRS: (ir, f) => mrs(ir, f.d, f.r === 1),
  MRS_banked: (ir, f) => mrsBanked(ir, f.d, f.r === 1, sysm(f)),
  CPS: (ir, f) => cps(ir, f.o, f.a, null),
  CPS_mode: (ir, f) => cps(ir, f.o, f.a, f.m),
  HINT: (ir, f) => hint(ir, f.h, { cond: COND_OF_IT, narrow: false }),
  DSB: dataBarrier,
  DMB: dataBarrier,
  ISB: instructionBarrier,
  BXJ: (ir, f) => bxj(ir, f.m),
  SUBS_PC_LR: (ir, f) => subsPcLr(ir, f.i),
  HVC: (ir, f) => hvc(ir, f.i),
  SMC: (ir) => smc(ir),
  UDF: (ir) => ir.undefined(),
} satisfies Lifters32<typeof system>;

const decrementBefore = { p: 1, u: 0 } as const;
const incrementAfter = { p: 0, u: 1 } as const;

export const returnStateLift = {
  SRS_DB: (ir, f) => srs(ir, { ...decrementBefore, ...f }),
  SRS_IA: (ir, f) => srs(ir, { ...incrementAfter, ...f }),
  RFE_DB: (ir, f) => rfe(ir, { ...decrementBefore, ...f }),
  RFE_IA: (ir, f) => rfe(ir, { ...incrementAfter, ...f }),
} satisfies Lifters32<typeof returnState>;
