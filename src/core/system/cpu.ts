import { PeState, type SystemCounter } from '../state/pe-state.ts';
import { SystemState } from './state.ts';

/** The running vCPU: its state, and what stands behind its system registers. */
export class Cpu extends PeState {
  /** Timers, GIC interface, interrupt inputs, devices. */
  readonly system: SystemState;

  constructor(hostBytes: number, counter: SystemCounter) {
    super(hostBytes, counter);
    this.system = new SystemState(this);
  }
}
