import type { Interrupts } from './interrupts.ts';

/**
 * Counts between two looks at the progress and at signals, and the time that they may take: a guest of exits alone is a
 * thousand times slower than one that computes. Where a replay is cut changes nothing for the guest.
 */
const SLICE = { min: 2 ** 12, first: 2 ** 14, max: 2 ** 24 } as const;
const SLICE_MS = { min: 25, max: 100 } as const;

/** What runs on along a tape: `place` is where it was told to stop. */
export interface Sliced<Stop> {
  readonly machine: { readonly icount: number; readonly instructions: number };
  run(until: number): Stop;
}
/** Who looks on, and where the run is to stop. */
export interface SliceOptions {
  readonly interrupts: Interrupts;
  /** Told between two slices. @throws Failure that ends the run */
  readonly tick: (icount: number, instructions: number) => void;
  /** Where the run is to stop, as far as that is known; without it, where it ends. */
  readonly until?: () => number;
  /** Whether it is where it is to stop, if not by the count alone. */
  readonly isReached?: () => boolean;
}
/** A signal has ended it. */
export interface Interrupted {
  readonly kind: 'interrupted';
}

/** Runs a session in slices, so that signals are heard and progress is seen. */
export async function runInSlices<Stop extends { readonly kind: string }>(
  session: Sliced<Stop>,
  { interrupts, tick, until = () => Number.POSITIVE_INFINITY, isReached }: SliceOptions,
): Promise<Stop | Interrupted> {
  const { machine } = session;
  const isThere = isReached ?? (() => machine.icount >= until());
  let slice: number = SLICE.first;
  for (;;) {
    const started = performance.now();
    const stop = session.run(Math.min(until(), machine.icount + slice));
    const took = performance.now() - started;
    if (took > SLICE_MS.max) slice = Math.max(SLICE.min, slice / 2);
    else if (took < SLICE_MS.min) slice = Math.min(SLICE.max, slice * 2);
    tick(machine.icount, machine.instructions);
    if (stop.kind !== 'place' || isThere()) return stop;
    await new Promise((resolve) => setImmediate(resolve));
    if (interrupts.requested) return { kind: 'interrupted' };
  }
}
