/**
 * The system registers that address translation reads, as unsigned 32-bit halves. They are read while walking and when
 * `Mmu.controlsChanged` or `Mmu.contextChanged` say that they changed.
 */
export interface MmuRegisters {
  /** Number of the PE whose registers these are: without CnP (ARMv8.2) PEs share no TLB entry. */
  readonly processor: number;
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

/** SCTLR_ELx. Arm ARM DDI 0487, D17.2.118. */
export const Sctlr = { m: 1 << 0, wxn: 1 << 19, ee: 1 << 25 } as const;

/** HCR_EL2, low half. Arm ARM DDI 0487, D17.2.48. */
export const Hcr = { vm: 1 << 0, ptw: 1 << 2, dc: 1 << 12, tge: 1 << 27 } as const;
