import type { Machine } from './machine.ts';

/** Whoever runs a machine: a session, or the machine for itself. */
export interface Runner<Stop> {
  readonly machine: Machine;
  run(until: number): Stop;
  /** Called from within a run: ends it with the exit at hand. */
  requestStop(): void;
}

/**
 * Carries out one instruction of the guest, waiting before it included. One that faults retires nothing: the run is then stopped
 * at the vector, with the count that it had. An interrupt that is due behind the instruction is taken, as at the end of each run.
 * Whatever else stops the run, stops the step.
 */
export function stepInstruction<Stop>(runner: Runner<Stop>): Stop {
  const { machine } = runner;
  const { engine } = machine.cpu;
  const from = machine.instructions;
  let hasFaulted = false;
  engine.onFault = () => {
    hasFaulted = true;
    runner.requestStop();
    return true;
  };
  try {
    for (;;) {
      const next = machine.icount + 1;
      const until = machine.vm.idles() ? Math.max(next, machine.vm.nextDeadline()) : next;
      const stop = runner.run(until);
      if (hasFaulted || machine.instructions > from || machine.icount < until) return stop;
    }
  } finally {
    engine.onFault = null;
  }
}
