import { Line, setPhysicalLine } from '../exception/interrupts.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** Private interrupts of the CPU, by INTID. Server Base System Architecture, DEN0029, "PPI assignments". */
export const Ppi = { pmu: 23, maintenance: 25, hypTimer: 26, virtualTimer: 27, physicalTimer: 30 } as const;

/**
 * The emulated host's interrupt controller, as far as a hypervisor needs one: private lines, each with an enable and an
 * active state. State is in cells.
 */
export class PhysicalInterrupts {
  readonly #cpu: PeState;
  constructor(cpu: PeState) {
    this.#cpu = cpu;
  }

  #set(cell: number, intid: number, value: boolean): void {
    const old = this.#cpu.get32(cell);
    const next = value ? old | (1 << intid) : old & ~(1 << intid);
    this.#cpu.set32(cell, next);
    this.refresh();
  }
  #asserted(): number {
    const cpu = this.#cpu;
    return cpu.get32(sys.HOST_PPI_LEVEL) & cpu.get32(sys.HOST_PPI_ENABLE) & ~cpu.get32(sys.HOST_PPI_ACTIVE);
  }
  /** Puts the CPU's interrupt input to what the lines make it. */
  refresh(): void {
    setPhysicalLine(this.#cpu, Line.irq, this.#asserted() !== 0);
  }

  /** Drives a line; true where its level changed. */
  setLevel(intid: number, level: boolean): boolean {
    if (this.level(intid) === level) return false;
    this.#set(sys.HOST_PPI_LEVEL, intid, level);
    return true;
  }
  level(intid: number): boolean {
    return ((this.#cpu.get32(sys.HOST_PPI_LEVEL) >>> intid) & 1) === 1;
  }
  /** Lets a line interrupt the CPU, or keeps it from that. All are disabled at reset. */
  setEnabled(intid: number, on: boolean): void {
    this.#set(sys.HOST_PPI_ENABLE, intid, on);
  }
  /** Acknowledged: the line does not interrupt again before `deactivate`, which a list register's HW bit does too. */
  activate(intid: number): void {
    this.#set(sys.HOST_PPI_ACTIVE, intid, true);
  }
  deactivate(intid: number): void {
    this.#set(sys.HOST_PPI_ACTIVE, intid, false);
  }
  /** INTIDs of the lines that interrupt the CPU now, lowest first. */
  asserted(): number[] {
    const lines = this.#asserted();
    return Array.from({ length: 32 }, (_, intid) => intid).filter((intid) => (lines >>> intid) & 1);
  }
}
