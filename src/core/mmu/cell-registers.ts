import type { Cpu } from '../cpu.ts';
import { sys } from '../system/cells.ts';
import type { MmuRegisters } from './registers.ts';

// Word indexes of the registers' low halves.
const SCTLR_EL1 = sys.SCTLR_EL1 >>> 2;
const TCR_EL1 = sys.TCR_EL1 >>> 2;
const TTBR0_EL1 = sys.TTBR0_EL1 >>> 2;
const TTBR1_EL1 = sys.TTBR1_EL1 >>> 2;
const MAIR_EL1 = sys.MAIR_EL1 >>> 2;
const HCR_EL2 = sys.HCR_EL2 >>> 2;
const VTCR_EL2 = sys.VTCR_EL2 >>> 2;
const VTTBR_EL2 = sys.VTTBR_EL2 >>> 2;
const SCTLR_EL2 = sys.SCTLR_EL2 >>> 2;
const TCR_EL2 = sys.TCR_EL2 >>> 2;
const TTBR0_EL2 = sys.TTBR0_EL2 >>> 2;
const MAIR_EL2 = sys.MAIR_EL2 >>> 2;
const PAR_EL1 = sys.PAR_EL1 >>> 2;
const MPIDR_EL1 = sys.MPIDR_EL1 >>> 2;

/** The registers of the running vCPU, in their cells. */
export class CellRegisters implements MmuRegisters {
  private readonly u32: Uint32Array;

  constructor(cpu: Cpu) {
    this.u32 = cpu.u32;
  }

  /** Affinity level 0 of MPIDR_EL1. */
  get processor(): number {
    return this.word(MPIDR_EL1) & 0xff;
  }
  get sctlrEl1(): number {
    return this.word(SCTLR_EL1);
  }
  get tcrEl1Lo(): number {
    return this.word(TCR_EL1);
  }
  get tcrEl1Hi(): number {
    return this.word(TCR_EL1 + 1);
  }
  get ttbr0El1Lo(): number {
    return this.word(TTBR0_EL1);
  }
  get ttbr0El1Hi(): number {
    return this.word(TTBR0_EL1 + 1);
  }
  get ttbr1El1Lo(): number {
    return this.word(TTBR1_EL1);
  }
  get ttbr1El1Hi(): number {
    return this.word(TTBR1_EL1 + 1);
  }
  get mairEl1Lo(): number {
    return this.word(MAIR_EL1);
  }
  get mairEl1Hi(): number {
    return this.word(MAIR_EL1 + 1);
  }
  get hcrEl2Lo(): number {
    return this.word(HCR_EL2);
  }
  get vtcrEl2(): number {
    return this.word(VTCR_EL2);
  }
  get vttbrEl2Lo(): number {
    return this.word(VTTBR_EL2);
  }
  get vttbrEl2Hi(): number {
    return this.word(VTTBR_EL2 + 1);
  }
  get sctlrEl2(): number {
    return this.word(SCTLR_EL2);
  }
  get tcrEl2(): number {
    return this.word(TCR_EL2);
  }
  get ttbr0El2Lo(): number {
    return this.word(TTBR0_EL2);
  }
  get ttbr0El2Hi(): number {
    return this.word(TTBR0_EL2 + 1);
  }
  get mairEl2Lo(): number {
    return this.word(MAIR_EL2);
  }
  get mairEl2Hi(): number {
    return this.word(MAIR_EL2 + 1);
  }

  setParEl1(lo: number, hi: number): void {
    this.u32[PAR_EL1] = lo;
    this.u32[PAR_EL1 + 1] = hi;
  }

  private word(at: number): number {
    return this.u32[at] as number;
  }
}
