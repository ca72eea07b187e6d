import { PeState, type SystemCounter } from '../state/pe-state.ts';
import { PeBanks } from './pe-banks.ts';
import { SystemState } from './state.ts';

/** The running PE: its state, and what stands behind its system registers. */
export class Cpu extends PeState {
  /** Timers, GIC interface, interrupt inputs, devices. */
  readonly system: SystemState;
  /** The states of the PEs that do not run. */
  readonly banks: PeBanks;

  constructor(hostBytes: number, counter: SystemCounter, pes = 1) {
    super(hostBytes, counter, pes);
    this.system = new SystemState(this);
    this.banks = new PeBanks(this, {
      leaving: () => this.system.pmu.settle(),
      replaced: (pe) => this.system.peReplaced(pe),
    });
  }
}
