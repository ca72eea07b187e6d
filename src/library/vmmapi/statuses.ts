import type { Outcome } from '../../machine/machine.ts';

/** How bhyve would have ended: its exit status, and its reason by `enum vm_suspend_how`, or ERROR. */
export interface BhyveEnd {
  readonly status: number;
  readonly reason: 'RESET' | 'POWEROFF' | 'HALT' | 'ERROR';
}

/** bhyve(8), EXIT STATUS: 0 rebooted, 1 powered off, 2 halted, 3 triple fault, which is another architecture's, 4 an error. */
const ends: { readonly [outcome in Outcome]?: BhyveEnd } = {
  reset: { status: 0, reason: 'RESET' },
  poweroff: { status: 1, reason: 'POWEROFF' },
  halt: { status: 2, reason: 'HALT' },
  // An exit that nobody handles.
  fault: { status: 4, reason: 'ERROR' },
};

/**
 * The same of a run's outcome. Null where bhyve would not have ended: it does not find out that a guest has panicked, is stuck or waits for ever, and
 * what ended the run was no guest.
 * @param isSuspended whether the guest asked for the end: one that merely waits for ever has halted too
 */
export const bhyveEndOf = (outcome: string, isSuspended: boolean): BhyveEnd | null => {
  if (outcome === 'halt' && !isSuspended) return null;
  return (Object.hasOwn(ends, outcome) ? ends[outcome as Outcome] : undefined) ?? null;
};
