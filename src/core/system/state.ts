import { updateInterruptPending } from '../exception/interrupts.ts';
import type { AbortedTranslation } from '../exception/synchronous.ts';
import type { AtOperation } from '../mmu/at.ts';
import type { TlbiOperation } from '../mmu/invalidate.ts';
import type { PeState } from '../state/pe-state.ts';
import { TranslationConfigs } from './config.ts';
import { GenericTimer } from './generic-timer.ts';
import { GicVirtualInterface } from './gic-virtual-interface.ts';
import { Gich } from './gich.ts';
import { Gicv } from './gicv.ts';
import type { SystemObserver } from './observer.ts';
import { PhysicalDevices } from './physical-devices.ts';
import { PhysicalInterrupts } from './physical-interrupts.ts';
import { Pmu } from './pmu.ts';

/** The MMU, as system registers and operations need it (mmu.ts, class Mmu). */
export interface MmuControl {
  readonly fault: AbortedTranslation & { readonly isStage2Denial: boolean };
  translate(vaLo: number, vaHi: number, access: number): boolean;
  contextChanged(): void;
  controlsChanged(): void;
  tlbi(operation: TlbiOperation, xtLo: number, xtHi: number): void;
  at(operation: AtOperation, vaLo: number, vaHi: number): boolean;
}

/** What stands behind the system registers. All of the vCPU's state is in cells: these hold what follows from it. */
export class SystemState {
  readonly physical: PhysicalInterrupts;
  readonly timers: GenericTimer;
  readonly pmu: Pmu;
  readonly gic: GicVirtualInterface;
  /** The same where it is memory-mapped, for the hypervisor and for its guest. */
  readonly gich: Gich;
  readonly gicv: Gicv;
  readonly devices = new PhysicalDevices();
  readonly configs = new TranslationConfigs();
  /** Who records; its methods may be set at any time. */
  readonly observer: SystemObserver = {};
  /** Leaves the event of SEV at the other PEs: derived from the configuration, null where they get none. */
  sendEvent: (() => void) | null = null;
  /** Put in place by whoever joins CPU and MMU: derived from the configuration. */
  mmu: MmuControl | null = null;
  readonly #cpu: PeState;

  constructor(cpu: PeState) {
    this.#cpu = cpu;
    this.physical = new PhysicalInterrupts(cpu);
    this.timers = new GenericTimer(cpu, this.physical, this.observer);
    this.pmu = new Pmu(cpu, this.physical);
    this.gic = new GicVirtualInterface(cpu, this.physical, this.observer);
    const frame = { cpu, gic: this.gic };
    this.gich = new Gich(frame);
    this.gicv = new Gicv(frame);
  }

  /** A register that decides translation configuration was written. */
  configChanged(): void {
    this.configs.forget();
    this.#cpu.configStale = true;
  }

  /** The cells were replaced: a reset. */
  stateReplaced(): void {
    this.configChanged();
    this.timers.update();
    this.pmu.resumed();
    this.gic.update();
    updateInterruptPending(this.#cpu);
    this.mmu?.controlsChanged();
  }

  /** The cells were replaced by those of another PE, which are as it left them but for what is due since. */
  peReplaced(pe: number): void {
    this.configs.select(pe);
    this.#cpu.configStale = true;
    this.timers.restored();
    this.pmu.resumed();
    this.mmu?.controlsChanged();
  }

  /** The cells were replaced by those of a saved state: what follows from them is computed anew, and nobody is told. */
  stateRestored(): void {
    this.configChanged();
    this.physical.refresh();
    this.timers.restored();
    this.pmu.resumed();
    this.gic.update();
    updateInterruptPending(this.#cpu);
    this.mmu?.controlsChanged();
  }
}
