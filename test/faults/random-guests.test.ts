// Random guests, each run in several random ways: events and state hashes are those of a run in one go. A case that fails is told
// with its seed and its way; `compare(seed, …)` makes it again.
import { expect, it } from 'vitest';
import { compare } from '../determinism/random-guests.fixture.ts';
import { seeds } from '../support/faults.fixture.ts';

const WAYS = 4;

it.each(seeds(60).map((seed) => 1000 + seed))('random guest %i is the same however it is run', (seed) => {
  expect(compare(seed, WAYS)).toBe(undefined);
});
