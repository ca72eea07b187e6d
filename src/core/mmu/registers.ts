/**
 * The system registers that address translation reads, as unsigned 32-bit halves. They are read while walking and when
 * `Mmu.controlsChanged` or `Mmu.contextChanged` say that they changed.
 */
export interface MmuRegisters {
  /** Number of the PE whose registers these are: without CnP (ARMv8.2) PEs share no TLB entry. */
  readonly processor: number;
  /**
   * The EL1&0 regime is that of AArch32 (`TTBCR` is tcrEl1Lo, `PRRR` or `MAIR0` mairEl1Lo, `NMRR` or `MAIR1` mairEl1Hi). Programs
   * in AArch32 under an AArch64 EL1 use EL1's, with addresses below 2^32.
   */
  readonly el1Aarch32: boolean;
  /** EL2 is Hyp mode, and the PE an ARMv7-A one: `HTCR` is tcrEl2, and `VTCR` has its AArch32 format. */
  readonly el2Aarch32: boolean;
  /** DACR and CONTEXTIDR count in the Short-descriptor format alone. */
  readonly dacr: number;
  readonly contextidr: number;
  readonly sctlrEl1: number;
  readonly tcrEl1Lo: number;
  readonly tcrEl1Hi: number;
  readonly ttbr0El1Lo: number;
  readonly ttbr0El1Hi: number;
  readonly ttbr1El1Lo: number;
  readonly ttbr1El1Hi: number;
  readonly mairEl1Lo: number;
  readonly mairEl1Hi: number;
  readonly hcrEl2Lo: number;
  readonly vtcrEl2: number;
  readonly vttbrEl2Lo: number;
  readonly vttbrEl2Hi: number;
  readonly sctlrEl2: number;
  readonly tcrEl2: number;
  readonly ttbr0El2Lo: number;
  readonly ttbr0El2Hi: number;
  readonly mairEl2Lo: number;
  readonly mairEl2Hi: number;
  /** The result of an AT instruction. */
  setParEl1(lo: number, hi: number): void;
}

/** SCTLR_ELx, and SCTLR of AArch32 with UWXN, TRE, AFE besides. Arm ARM DDI 0487, D17.2.118; DDI 0406C, B4.1.130. */
export const Sctlr = { m: 1 << 0, wxn: 1 << 19, uwxn: 1 << 20, ee: 1 << 25, tre: 1 << 28, afe: 1 << 29 } as const;

/**
 * TTBCR, by the format that EAE selects: N, PD0 and PD1 of the short one; T0SZ, EPD0, T1SZ, A1, EPD1 of the long one.
 * Arm ARM DDI 0406C, B4.1.153.
 */
export const Ttbcr = {
  n: 7,
  pd0: 1 << 4,
  pd1: 1 << 5,
  t0sz: 7,
  epd0: 1 << 7,
  a1: 1 << 22,
  epd1: 1 << 23,
  eae: 1 << 31,
} as const;

/** HCR_EL2, low half. Arm ARM DDI 0487, D17.2.48. */
export const Hcr = { vm: 1 << 0, ptw: 1 << 2, dc: 1 << 12, tge: 1 << 27 } as const;
