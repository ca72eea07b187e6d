/** PMCR_EL0, PMCR. Arm ARM DDI 0487, D17.5.7; DDI 0406C, B4.1.117. */
export const Pmcr = { e: 1 << 0, p: 1 << 1, c: 1 << 2, d: 1 << 3, x: 1 << 4, dp: 1 << 5, lc: 1 << 6 } as const;
/** PMCR.N: how many event counters there are. */
export const PMCR_N_SHIFT = 11;
/** PMUSERENR_EL0; PMUSERENR of PMUv2 has EN alone. D17.5.19. */
export const Pmuserenr = { en: 1 << 0, sw: 1 << 1, cr: 1 << 2, er: 1 << 3 } as const;
/** Filters of PMEVTYPER<n> and PMCCFILTR: P, U, NSK, NSU, NSH. D17.5.9; DDI 0406C, B4.1.119. */
export const PmFilter = { p: 1 << 31, u: 1 << 30, nsk: 1 << 29, nsu: 1 << 28, nsh: 1 << 27 } as const;
/** The cycle counter's bit in PMCNTENSET, PMOVSSET and PMINTENSET; and PMSELR's number of it. */
export const PM_CYCLES = 31;
/** Common events. Arm ARM DDI 0487, D11.11.2; DDI 0406C, C12.8. */
export const PmEvent = {
  swIncr: 0x00,
  instRetired: 0x08,
  excTaken: 0x09,
  excReturn: 0x0a,
  cpuCycles: 0x11,
  chain: 0x1e,
} as const;
