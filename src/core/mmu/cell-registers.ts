import { Hcr } from '../fields/hcr.ts';
import { AARCH32_MODE } from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import type { MmuRegisters } from './registers.ts';

/** The registers of address translation, read from their cells. */
export class CellMmuRegisters implements MmuRegisters {
  readonly #cpu: PeState;
  constructor(cpu: PeState) {
    this.#cpu = cpu;
  }
  /** Affinity tells PEs apart. */
  get processor(): number {
    return this.#cpu.get32(sys.MPIDR_EL1) & 0xff_ffff;
  }
  /**
   * By HCR_EL2.RW where EL2 has AArch64: at EL2 too, whose AT instructions walk what EL1 would. AArch64 at EL1 or EL0 with RW = 0
   * is a state that no exception return leads to (it is an illegal one); there EL1's regime is that of the running code.
   */
  get el1Aarch32(): boolean {
    const cpu = this.#cpu;
    if (cpu.get32(sys.AARCH32_ONLY) !== 0) return true;
    if ((cpu.get32(sys.HCR_EL2) & Hcr.rw) !== 0) return false;
    return cpu.el === 2 || cpu.get32(AARCH32_MODE) !== 0;
  }
  get el2Aarch32(): boolean {
    return this.#cpu.get32(sys.AARCH32_ONLY) !== 0;
  }
  get granule16(): boolean {
    return this.#cpu.get32(sys.GRANULE_16K) !== 0;
  }
  get dacr(): number {
    return this.#cpu.get32(sys.DACR32_EL2);
  }
  get contextidr(): number {
    return this.#cpu.get32(sys.CONTEXTIDR_EL1);
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
