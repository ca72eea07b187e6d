/**
 * MDSCR_EL1; MOE is of its AArch32 view, DBGDSCR, which calls TDCC UDCCdis and MDE MDBGen. Arm ARM DDI 0487, D17.3.20; DDI 0406C,
 * C11.11.20.
 */
export const Mdscr = { ss: 1 << 0, moe: 0xf << 2, tdcc: 1 << 12, kde: 1 << 13, mde: 1 << 15 } as const;
/** What DBGDSCR shows besides: NS, and that a debugger outside may look at no Secure state (SPIDdis, SPNIDdis). */
export const DBGDSCR_STATUS = (1 << 18) | (1 << 17) | (1 << 16);

/** DBGDSCR.MOE: how debug state or a debug exception was entered. Arm ARM DDI 0406C, table C11-20. */
export const Moe = { breakpoint: 1 << 2, bkpt: 3 << 2, vectorCatch: 5 << 2, watchpoint: 10 << 2 } as const;

/** What DBGOSLAR takes to lock; any other value unlocks. Arm ARM DDI 0406C, C11.11.30. */
export const OSLAR_KEY = 0xc5ac_ce55;

/** MDCR_EL2, HDCR. Arm ARM DDI 0487, D17.3.17; DDI 0406C, B4.1.58. */
export const Mdcr = {
  hpmn: 0x1f,
  tpmcr: 1 << 5,
  tpm: 1 << 6,
  hpme: 1 << 7,
  tde: 1 << 8,
  tda: 1 << 9,
  tdosa: 1 << 10,
  tdra: 1 << 11,
} as const;

/** OSLSR_EL1.OSLK, OSDLR_EL1.DLK, DBGPRCR_EL1.CORENPDRQ. Arm ARM DDI 0487, D17.3. */
export const OSLSR_OSLK = 1 << 1;
export const OSDLR_DLK = 1 << 0;
export const DBGPRCR_CORENPDRQ = 1 << 0;
