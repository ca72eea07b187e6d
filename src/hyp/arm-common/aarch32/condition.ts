import { Ec } from '../../../core/state/exception.ts';

/** CPSR, and an SPSR saved from AArch32 state: the flags, and IT in two parts. */
const N = 31;
const Z = 30;
const C = 29;
const V = 28;
const IT_LOW = 25;
const IT_HIGH = 10;
const IT_BITS = 0x0600_fc00;
/** A 64-bit SPSR has the mode's bit 4 set where it was saved from AArch32 state. */
export const isAarch32 = (spsr: number): boolean => (spsr & 0x10) !== 0;

/** ISS of a trap that may be of a conditional instruction: CV, COND (Arm ARM DDI 0406, B3.13.6; DDI 0487, ESR_EL2). */
const CV = 1 << 24;
const condOf = (iss: number): number => (iss >>> 20) & 15;
/** ISS.CCKNOWNPASS of a trapped SMC: CV and COND are there, because the check may have failed. ARMv7 has none of the three. */
const SMC_CONDITION_UNKNOWN = 1 << 19;

/** Exception classes whose instruction may be trapped though its condition fails. */
const conditional: ReadonlySet<number> = new Set([
  Ec.wfx,
  Ec.cp15_32,
  Ec.cp15_64,
  Ec.cp14_32,
  Ec.cp14_ls,
  Ec.fpAccess,
  Ec.cp10Id,
  Ec.cp14_64,
]);

/** The condition checks by cond[3:1]; cond[0] inverts, but for "always" (DDI 0406, A8.3). */
const checks: readonly ((spsr: number) => boolean)[] = [
  (s) => flag(s, Z),
  (s) => flag(s, C),
  (s) => flag(s, N),
  (s) => flag(s, V),
  (s) => flag(s, C) && !flag(s, Z),
  (s) => flag(s, N) === flag(s, V),
  (s) => flag(s, N) === flag(s, V) && !flag(s, Z),
  () => true,
];
const flag = (spsr: number, at: number): boolean => ((spsr >>> at) & 1) === 1;

export function conditionHolds(cond: number, spsr: number): boolean {
  const passed = (checks[cond >>> 1] as (typeof checks)[number])(spsr);
  return (cond & 1) === 1 && cond !== 15 ? !passed : passed;
}

const itState = (spsr: number): number => ((spsr >>> (IT_HIGH - 2)) & 0xfc) | ((spsr >>> IT_LOW) & 3);

/**
 * Did the trapped instruction pass its condition check? Hardware may trap one that fails, which then does nothing. A
 * T32 instruction has its condition in IT where the syndrome does not give it.
 */
export function conditionPassed(esr: number, spsr: number): boolean {
  const ec = esr >>> 26;
  if (!conditional.has(ec) && !(ec === Ec.smc32 && (esr & SMC_CONDITION_UNKNOWN) !== 0)) return true;
  if ((esr & CV) !== 0) return conditionHolds(condOf(esr), spsr);
  const it = isAarch32(spsr) ? itState(spsr) : 0;
  return it === 0 || conditionHolds(it >>> 4, spsr);
}

/** The saved state behind the instruction: IT goes on by one (ITAdvance, DDI 0406, A2.5.2). */
export function advanceIt(spsr: number): number {
  const it = itState(spsr);
  if (it === 0) return spsr;
  const next = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
  return ((spsr & ~IT_BITS) | ((next & 0xfc) << (IT_HIGH - 2)) | ((next & 3) << IT_LOW)) >>> 0;
}
