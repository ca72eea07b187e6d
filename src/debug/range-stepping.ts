import type { Debuggee, DebugRun, DebugStop } from './debuggee.ts';

/** Instructions between two looks at what the client says. */
const STEPS_A_SLICE = 4096;

/** Steps while the next instruction lies in a range, the end excluded: a line of source (`vCont;r`). */
export class RangeStepping implements DebugRun {
  readonly #debuggee: Debuggee;
  readonly #from: bigint;
  readonly #to: bigint;
  readonly #isBreakpoint: (at: bigint) => boolean;
  #isInterrupted = false;

  constructor(debuggee: Debuggee, from: bigint, to: bigint, isBreakpoint: (at: bigint) => boolean) {
    this.#debuggee = debuggee;
    this.#from = from;
    this.#to = to;
    this.#isBreakpoint = isBreakpoint;
  }

  interrupt(): void {
    this.#isInterrupted = true;
  }
  /** A step is made in any case. */
  slice(): DebugStop | undefined {
    if (this.#isInterrupted) return { kind: 'interrupted' };
    for (let n = 0; n < STEPS_A_SLICE; n++) {
      const stop = this.#debuggee.step('forwards');
      if (stop.kind !== 'step') return stop;
      const pc = this.#debuggee.vcpus[this.#debuggee.current]?.named('pc')?.read() ?? 0n;
      if (pc < this.#from || pc >= this.#to) return stop;
      if (this.#isBreakpoint(pc)) return { kind: 'breakpoint' };
    }
    return undefined;
  }
}
