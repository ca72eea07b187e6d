import { guestRegisters } from '../../src/explain/guest-registers.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';

type Runs = readonly [Timeline, Timeline];

/** What a linear search has found, and how fast it went. */
export interface LockStep {
  /** The first instruction that has another effect; undefined where none of those looked at has. */
  readonly icount: number | undefined;
  readonly steps: number;
  readonly seconds: number;
}

/** All in which two guests differ: registers by name, memory by page. */
function differences(runs: Runs): Map<string, string> {
  const found = new Map<string, string>();
  const [a, b] = runs.map(({ machine }) =>
    guestRegisters(new GuestView(machine)).set('icount', BigInt(machine.icount)),
  );
  for (const [name, value] of a ?? []) if (b?.get(name) !== value) found.set(name, `${value} ${b?.get(name)}`);
  const [ofA, ofB] = [runs[0].machine.ram.hash(), runs[1].machine.ram.hash()];
  if (Buffer.compare(ofA.root, ofB.root) === 0) return found;
  for (let page = 0; page < ofA.pages; page++) {
    const digests = [ofA, ofB].map((hash) => Buffer.from(hash.digest(page) ?? []).toString('hex'));
    if (digests[0] !== digests[1]) found.set(`page ${page}`, digests.join());
  }
  return found;
}

/**
 * The first instruction from a count on that has another effect, by a search that knows nothing: both sides go on one by one and are
 * compared whole after each. What differs at the count already is no effect.
 */
export function inLockStep(a: TapeReader, b: TapeReader, from: number, limit: number): LockStep {
  const runs: Runs = [new Timeline(a), new Timeline(b)];
  for (const timeline of runs) for (const _slice of timeline.arriving(from));
  let before = differences(runs);
  const began = performance.now();
  const done = (icount: number | undefined, steps: number): LockStep => ({
    ...{ icount, steps, seconds: (performance.now() - began) / 1000 },
  });
  for (let n = 0; n < limit; n++) {
    const { icount } = runs[0].machine;
    for (const { session } of runs) session.run(icount + 1);
    const now = differences(runs);
    for (const [key, values] of now) if (before.get(key) !== values) return done(icount, n + 1);
    before = now;
  }
  return done(undefined, limit);
}
