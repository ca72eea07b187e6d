import { ANY_ASID } from './tlb.ts';
import type { Invalidate } from './tlb-scopes.ts';

// Operand: MVA[31:12] and ASID[7:0], or IPA[39:12] in bits 27:0. Arm ARM DDI 0406C, B4.2.2; DDI 0487, part G, TLBIIPAS2.
const vaOf = (rt: number): number => (rt & ~0xfff) >>> 0;
const asidOf = (rt: number): number => rt & 0xff;

// In Hyp mode it is for the whole of a guest: hypervisors of ARMv7-A have nothing else to drop stage 2 with.
const all: Invalidate = (tlb, _lo, _hi, el) => {
  if (el !== 2) return tlb.dropVmidChanged();
  tlb.dropVmid();
  tlb.dropVmidStage2();
};
const mva: Invalidate = (tlb, rt) => tlb.dropVa(vaOf(rt), 0, asidOf(rt));
const mvaa: Invalidate = (tlb, rt) => tlb.dropVa(vaOf(rt), 0, ANY_ASID);
const asid: Invalidate = (tlb, rt) => tlb.dropAsid(asidOf(rt));
const allHyp: Invalidate = (tlb) => tlb.dropEl2();
const mvaHyp: Invalidate = (tlb, rt) => tlb.dropVaEl2(vaOf(rt), 0);
const allNonHyp: Invalidate = (tlb) => tlb.dropAllVmids();
const ipas2: Invalidate = (tlb, rt) => tlb.dropIpa((rt << 12) >>> 0, (rt >>> 20) & 0xff);

/**
 * TLB maintenance by CP15 (c8), by name. Those of instruction and data TLBs are the same, since there is one TLB; so are the
 * last-level ones and those by IPA, of ARMv8, and the Inner Shareable ones.
 */
export const tlbiAarch32 = {
  TLBIALL: all,
  TLBIALLIS: all,
  ITLBIALL: all,
  DTLBIALL: all,
  TLBIMVA: mva,
  TLBIMVAIS: mva,
  TLBIMVAL: mva,
  TLBIMVALIS: mva,
  ITLBIMVA: mva,
  DTLBIMVA: mva,
  TLBIMVAA: mvaa,
  TLBIMVAAIS: mvaa,
  TLBIMVAAL: mvaa,
  TLBIMVAALIS: mvaa,
  TLBIASID: asid,
  TLBIASIDIS: asid,
  ITLBIASID: asid,
  DTLBIASID: asid,
  TLBIALLH: allHyp,
  TLBIALLHIS: allHyp,
  TLBIMVAH: mvaHyp,
  TLBIMVAHIS: mvaHyp,
  TLBIMVALH: mvaHyp,
  TLBIMVALHIS: mvaHyp,
  TLBIALLNSNH: allNonHyp,
  TLBIALLNSNHIS: allNonHyp,
  TLBIIPAS2: ipas2,
  TLBIIPAS2IS: ipas2,
  TLBIIPAS2L: ipas2,
  TLBIIPAS2LIS: ipas2,
} as const satisfies Readonly<Record<string, Invalidate>>;
