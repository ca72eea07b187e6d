import { Access, PERMIT_ALL, PRIVILEGED_SHIFT } from './access.ts';
import type { Regime } from './regime.ts';
import { signExtended, type Tlb } from './tlb.ts';
import { packRest, REST_PERMITS } from './tlb-result.ts';
import type { Walker } from './walker.ts';

/**
 * Whether an entry of the TLB is what a walk makes at this moment, under a regime's present settings: dropped, it may be cached again at
 * once (Arm ARM DDI 0487, D8.13.1; DDI 0406C, B3.10.1).
 */
export const isWalked = (walker: Walker, tlb: Tlb, at: number, regime: Regime): boolean => {
  const rest = tlb.restOf(at);
  // Any access that the entry permits.
  const permits = (rest >>> REST_PERMITS) & PERMIT_ALL;
  const privileged = permits >>> PRIVILEGED_SHIFT !== 0;
  const permit = privileged ? permits >>> PRIVILEGED_SHIFT : permits;
  const access = (permit & 1) !== 0 ? Access.read : (permit & 2) !== 0 ? Access.write : Access.execute;
  const vaHi = signExtended(tlb.vaHiOf(at));
  if (!walker.walk(regime, tlb.vaLoOf(at), vaHi, access, privileged, regime.stage2)) return false;
  return ((walker.paLo >>> 12) | (walker.paHi << 20)) === tlb.pageOf(at) && packRest(walker) === rest;
};
