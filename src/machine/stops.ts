import { hex } from '../base/bits.ts';
import type { HypExit } from '../hyp/arm-common/trap.ts';
import { SuspendHow } from '../trace/events/index.ts';

/** How a guest ends by itself; `panic` and `stuck` are found out about it (`progress/watch.ts`). */
export type Outcome = 'poweroff' | 'reset' | 'halt' | 'fault' | 'panic' | 'stuck';
/** Why a run of the machine came back. */
export type MachineStop =
  /** The instruction count asked for is reached, or a stop was asked for. */
  { readonly kind: 'count' } | Ended;
/** The guest has ended. */
export interface Ended {
  readonly kind: 'ended';
  readonly outcome: Outcome;
  readonly reason: string;
  /**
   * Only what comes from outside can bring the guest on. `idle`: time does not pass until it comes (`passTime`). `polling`: the guest runs on
   * as it does, when it is run on.
   */
  readonly waiting?: 'idle' | 'polling';
  /** Whoever runs the guest may let it run on; it is told once. */
  readonly goesOn?: true;
}

/** Where and when the guest stopped. A symbol may be written behind it. */
export const placeText = (at: { readonly icount: number; readonly pc: bigint }): string =>
  `at icount ${at.icount}, pc ${hex(at.pc)}`;

const SECOND = 1e9;
/** A time of the guest's for a person: a count is a nanosecond. */
export const guestTimeText = (counts: number): string =>
  counts < SECOND / 1000 ? `${counts} ns` : `${(counts / SECOND).toFixed(3)} s`;

/** The guest asked for the end. `panic`: the words of one that it showed before. */
export function suspended(how: number, icount: number, panic: string | undefined): Ended {
  const after = panic === undefined ? '' : `; its console says "${panic}"`;
  if (how === SuspendHow.POWEROFF) return { kind: 'ended', outcome: 'poweroff', reason: 'the guest powered off' };
  if (how === SuspendHow.RESET) {
    const reason = `the guest asked for a reset after ${guestTimeText(icount)} of its time${after}`;
    return { kind: 'ended', outcome: 'reset', reason };
  }
  return { kind: 'ended', outcome: 'halt', reason: 'the guest halted' };
}

/** The end by an exit that nothing handles. */
export const unhandled = ({ exceptionNr, pc, esr, far, hpfar }: HypExit, icount: number): Ended => ({
  kind: 'ended',
  outcome: 'fault',
  reason:
    `an exit that nothing handles: ${exceptionNr}, esr ${hex(esr, 8)}, far ${hex(far)}, ipa ${hex(hpfar)}, ` +
    placeText({ icount, pc }),
});
