import { updateInterruptPending } from '../../exception/interrupts.ts';
import type { Cpu } from '../cpu.ts';

/** A mask of the given bits. */
export const bitMask = (...at: readonly number[]): bigint => at.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);

/** What is counted, and which accesses trap: MDCR_EL2 was written. */
export const monitorsChanged = (cpu: Cpu): void => {
  cpu.system.pmu.settle();
  cpu.system.pmu.update();
  cpu.system.configChanged();
};
/** The translation configuration follows from what was written. */
export const configChanged = (cpu: Cpu): void => cpu.system.configChanged();

/** What address spaces are made of was written. */
export const contextChanged = (cpu: Cpu): void => cpu.system.mmu?.contextChanged();

/** The configuration and the translation regimes follow from it. */
export const controlsChanged = (cpu: Cpu): void => {
  cpu.system.configChanged();
  cpu.system.mmu?.controlsChanged();
};

/** And the routing of interrupts. */
export const routingChanged = (cpu: Cpu): void => {
  controlsChanged(cpu);
  updateInterruptPending(cpu);
};
