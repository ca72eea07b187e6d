import { ConditionIss, Ec, EXCEPTION_CLASSES } from '../../../core/fields/esr.ts';
import { Cpsr, itOfPsr, nextIt, Pstate, psrOfIt } from '../../../core/fields/psr.ts';

/** A 64-bit SPSR has the mode's bit 4 set where it was saved from AArch32 state. */
export const isAarch32 = (spsr: number): boolean => (spsr & Pstate.aarch32) !== 0;

const condOf = (iss: number): number => (iss >>> ConditionIss.condShift) & 15;

/** Exception classes whose instruction may be trapped though its condition fails. */
const CONDITIONAL: readonly number[] = [
  Ec.wfx,
  Ec.cp15_32,
  Ec.cp15_64,
  Ec.cp14_32,
  Ec.cp14_ls,
  Ec.fpAccess,
  Ec.cp10Id,
  Ec.cp14_64,
];
const isConditional = Uint8Array.from({ length: EXCEPTION_CLASSES }, (_, ec) => (CONDITIONAL.includes(ec) ? 1 : 0));

/** The condition checks by cond[3:1]; cond[0] inverts, but for "always" (DDI 0406, A8.3). */
const checks: readonly ((spsr: number) => boolean)[] = [
  (s) => flag(s, Cpsr.z),
  (s) => flag(s, Cpsr.c),
  (s) => flag(s, Cpsr.n),
  (s) => flag(s, Cpsr.v),
  (s) => flag(s, Cpsr.c) && !flag(s, Cpsr.z),
  (s) => flag(s, Cpsr.n) === flag(s, Cpsr.v),
  (s) => flag(s, Cpsr.n) === flag(s, Cpsr.v) && !flag(s, Cpsr.z),
  () => true,
];
const flag = (spsr: number, mask: number): boolean => (spsr & mask) !== 0;

/** ConditionHolds for a cond field and the flags of a CPSR (Arm ARM DDI 0406C, A8.3). */
export function conditionHolds(cond: number, spsr: number): boolean {
  const passed = (checks[cond >>> 1] as (typeof checks)[number])(spsr);
  return (cond & 1) === 1 && cond !== 15 ? !passed : passed;
}

/**
 * Did the trapped instruction pass its condition check? Hardware may trap one that fails, which then does nothing. A
 * T32 instruction has its condition in IT where the syndrome does not give it.
 */
export function conditionPassed(esr: number, spsr: number): boolean {
  const ec = esr >>> 26;
  if (isConditional[ec] === 0 && !(ec === Ec.smc32 && (esr & ConditionIss.ccknownpass) !== 0)) return true;
  if ((esr & ConditionIss.cv) !== 0) return conditionHolds(condOf(esr), spsr);
  const it = isAarch32(spsr) ? itOfPsr(spsr) : 0;
  return it === 0 || conditionHolds(it >>> 4, spsr);
}

/** The saved state behind the instruction: IT goes on by one (ITAdvance, DDI 0406, A2.5.2). */
export function advanceIt(spsr: number): number {
  const it = itOfPsr(spsr);
  return it === 0 ? spsr : ((spsr & ~Cpsr.it) | psrOfIt(nextIt(it))) >>> 0;
}
