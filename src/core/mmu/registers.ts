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
  /** Granules of 16 KiB are implemented. */
  readonly granule16: boolean;
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
