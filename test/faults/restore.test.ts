// Forged saved states: refused in one line, or taken, and then the guest runs on or ends as a guest may.
import { expect, it } from 'vitest';
import { runForged } from '../state/forged.fixture.ts';
import { build, demo, kinds, runTo } from '../state/moments.fixture.ts';
import { seeds } from '../support/faults.fixture.ts';

/** Before, in and behind the demo's self-tests; at its prompt. */
const PLACES = [210_000, 1_000_000, 29_000_000];
const FORGED = 50;

it.each(kinds)('of %o', (kind) => {
  const guest = demo(kind);
  for (const place of PLACES) {
    const told = build(guest);
    runTo(guest, told, place);
    const saved = told.machine.saveAll();
    for (const seed of seeds(1)) {
      const outcomes = runForged(guest, saved, BigInt(seed), FORGED);
      expect(outcomes.get('refused'), `seed ${seed} at ${place}`).toBeGreaterThan(0);
    }
  }
});
