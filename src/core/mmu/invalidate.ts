import { tlbiAarch32 } from './invalidate-aarch32.ts';
import { ANY_ASID } from './tlb.ts';
import type { Invalidate } from './tlb-scopes.ts';

// What each drops is the behaviour `tlb` (machine/semantics.ts): a guest that owes maintenance can notice it. The TLB has entries of
// 4 KiB, both stages in one, and knows how much the descriptor of stage 1 mapped that made each; tables are not cached.
//
// | names | drops, of the current VMID | keeps |
// | --- | --- | --- |
// | an address and an ASID | entries made of a descriptor that maps the address: the ASID's, and global ones | those of other ASIDs, but in TTBR1_EL1's range, where all go |
// | an address, all ASIDs | the same of all ASIDs | |
// | an ASID | its entries, global ones apart; in TTBR1_EL1's range those of shared tables too (upper-tables.ts), for all ASIDs; by `tlb@2` not what a walk would make again | global ones, other ASIDs' |
// | a VMID | all of EL1&0, under every setting of the control registers; by `tlb@3` TLBIALL at PL1 not what a walk would make again | EL2's |
// | an IPA | stage 2's own | combined ones: a TLBI of the VMID follows |
//
// By `tlb@1` a fork's TLBI of an ASID makes the whole of a kernel that is mapped non-global be walked again. By `tlb@2` its entries stay that
// a walk of TTBR1_EL1's table makes at that moment, under the settings of that moment (shared-walks.ts). Linux for ARMv7 has the kernel in global
// entries, and for a fork two TLBIALLIS: by `tlb@3` those of the executing PE stay likewise (global-walks.ts), those of others go.
//
// Beside TLBIs an entry goes when a walk replaces it (it did not permit the access, and the tables now do), when a global
// entry of its page is made, and at the bounds in tlb.ts, where all go. Nothing else drops any, and only the guest's own
// loads, stores and fetches make any: no AT (it walks the tables), no look from outside (`Mmu.probe`).

// Operand Xt: VA[55:12] in bits 43:0, ASID in bits 63:48; or IPA[47:12] in bits 35:0. Arm ARM DDI 0487, D8.13.5.
const vaLoOf = (xtLo: number): number => (xtLo << 12) >>> 0;
/** VA[63:32], VA[55] repeated above. */
const vaHiOf = (xtLo: number, xtHi: number): number => ((((xtLo >>> 20) | (xtHi << 12)) << 8) >> 8) >>> 0;
const ipaHiOf = (xtLo: number, xtHi: number): number => (xtLo >>> 20) | ((xtHi & 0xf) << 12);

const vmalle1: Invalidate = (tlb) => tlb.dropVmid();
const vmalls12e1: Invalidate = (tlb) => {
  tlb.dropVmid();
  tlb.dropVmidStage2();
};
const alle1: Invalidate = (tlb) => tlb.dropAllVmids();
const alle2: Invalidate = (tlb) => tlb.dropEl2();
const aside1: Invalidate = (tlb, _lo, hi) => tlb.dropAsid(hi >>> 16);
const vae1: Invalidate = (tlb, lo, hi) => tlb.dropVa(vaLoOf(lo), vaHiOf(lo, hi), hi >>> 16);
const vaae1: Invalidate = (tlb, lo, hi) => tlb.dropVa(vaLoOf(lo), vaHiOf(lo, hi), ANY_ASID);
const vae2: Invalidate = (tlb, lo, hi) => tlb.dropVaEl2(vaLoOf(lo), vaHiOf(lo, hi));
// Combined entries need not go: software follows with VMALLE1 (D8.13.5, "TLBI IPAS2E1").
const ipas2e1: Invalidate = (tlb, lo, hi) => tlb.dropIpa(vaLoOf(lo), ipaHiOf(lo, hi));

/**
 * TLBI instructions of AArch64 by name. Last-level variants are the same, since tables are not cached by stage 1; Inner Shareable ones,
 * since all PEs share the TLBs.
 */
const tlbiAarch64 = {
  VMALLE1: vmalle1,
  VMALLE1IS: vmalle1,
  VMALLS12E1: vmalls12e1,
  VMALLS12E1IS: vmalls12e1,
  ALLE1: alle1,
  ALLE1IS: alle1,
  ALLE2: alle2,
  ALLE2IS: alle2,
  ASIDE1: aside1,
  ASIDE1IS: aside1,
  VAE1: vae1,
  VAE1IS: vae1,
  VALE1: vae1,
  VALE1IS: vae1,
  VAAE1: vaae1,
  VAAE1IS: vaae1,
  VAALE1: vaae1,
  VAALE1IS: vaae1,
  VAE2: vae2,
  VAE2IS: vae2,
  VALE2: vae2,
  VALE2IS: vae2,
  IPAS2E1: ipas2e1,
  IPAS2E1IS: ipas2e1,
  IPAS2LE1: ipas2e1,
  IPAS2LE1IS: ipas2e1,
} as const satisfies Readonly<Record<string, Invalidate>>;

/** Those of CP15 besides, whose operand has no high half. */
export const tlbiOperations = { ...tlbiAarch64, ...tlbiAarch32 } as const;

export type TlbiOperation = keyof typeof tlbiOperations;
