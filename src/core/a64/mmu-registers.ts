import type { Cpu } from '../cpu.ts';
import type { MmuRegisters } from '../mmu/registers.ts';
import { sys } from '../system/cells.ts';

/** The registers of address translation, read from their cells. */
export class CellMmuRegisters implements MmuRegisters {
  readonly #cpu: Cpu;
  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }
  /** Affinity tells PEs apart. */
  get processor(): number {
    return this.#cpu.get32(sys.MPIDR_EL1) & 0xff_ffff;
  }
  get sctlrEl1(): number {
    return this.#cpu.get32(sys.SCTLR_EL1);
  }
  get tcrEl1Lo(): number {
    return this.#cpu.get32(sys.TCR_EL1);
  }
  get tcrEl1Hi(): number {
    return this.#cpu.get32(sys.TCR_EL1 + 4);
  }
  get ttbr0El1Lo(): number {
    return this.#cpu.get32(sys.TTBR0_EL1);
  }
  get ttbr0El1Hi(): number {
    return this.#cpu.get32(sys.TTBR0_EL1 + 4);
  }
  get ttbr1El1Lo(): number {
    return this.#cpu.get32(sys.TTBR1_EL1);
  }
  get ttbr1El1Hi(): number {
    return this.#cpu.get32(sys.TTBR1_EL1 + 4);
  }
  get mairEl1Lo(): number {
    return this.#cpu.get32(sys.MAIR_EL1);
  }
  get mairEl1Hi(): number {
    return this.#cpu.get32(sys.MAIR_EL1 + 4);
  }
  get hcrEl2Lo(): number {
    return this.#cpu.get32(sys.HCR_EL2);
  }
  get vtcrEl2(): number {
    return this.#cpu.get32(sys.VTCR_EL2);
  }
  get vttbrEl2Lo(): number {
    return this.#cpu.get32(sys.VTTBR_EL2);
  }
  get vttbrEl2Hi(): number {
    return this.#cpu.get32(sys.VTTBR_EL2 + 4);
  }
  get sctlrEl2(): number {
    return this.#cpu.get32(sys.SCTLR_EL2);
  }
  get tcrEl2(): number {
    return this.#cpu.get32(sys.TCR_EL2);
  }
  get ttbr0El2Lo(): number {
    return this.#cpu.get32(sys.TTBR0_EL2);
  }
  get ttbr0El2Hi(): number {
    return this.#cpu.get32(sys.TTBR0_EL2 + 4);
  }
  get mairEl2Lo(): number {
    return this.#cpu.get32(sys.MAIR_EL2);
  }
  get mairEl2Hi(): number {
    return this.#cpu.get32(sys.MAIR_EL2 + 4);
  }
  setParEl1(lo: number, hi: number): void {
    this.#cpu.set32(sys.PAR_EL1, lo);
    this.#cpu.set32(sys.PAR_EL1 + 4, hi);
  }
}
