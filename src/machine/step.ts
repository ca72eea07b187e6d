import type { Machine } from './machine.ts';

/** Whoever runs a machine: a session, or the machine for itself. */
export interface Runner<Stop> {
  readonly machine: Machine;
  run(until: number): Stop;
  /** Called from within a run: ends it with the exit at hand. */
  requestStop(): void;
}

interface Fault {
  readonly isToHypervisor: boolean;
  readonly pc: bigint;
}

/**
 * Carries out one instruction of the guest, waiting before it included. One that faults retires nothing: the run is then stopped
 * at the vector, with the count that it had. An interrupt that is due behind the instruction is taken, as at the end of each run.
 * Whatever else stops the run, stops the step. Unlike the guest's own software step (DDI 0487, D2.12) none of it shows.
 */
export function stepInstruction<Stop>(runner: Runner<Stop>): Stop {
  const { machine } = runner;
  const { engine } = machine.cpu;
  const from = machine.instructions;
  let seen: Fault | undefined;
  engine.onFault = (isToHypervisor, pc) => {
    seen = { isToHypervisor, pc };
    engine.stop();
    runner.requestStop();
  };
  try {
    for (;;) {
      seen = undefined;
      const next = machine.icount + 1;
      const until = machine.vm.idles() ? Math.max(next, machine.vm.nextDeadline()) : next;
      const stop = runner.run(until);
      if (machine.instructions > from) return stop;
      const fault = seen as Fault | undefined;
      // What went to the hypervisor can be executed now, or it gave the guest an exception.
      if (fault === undefined ? machine.icount < until : !fault.isToHypervisor || machine.pc !== fault.pc) return stop;
    }
  } finally {
    engine.onFault = null;
  }
}
