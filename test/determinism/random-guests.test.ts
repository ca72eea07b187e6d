// A few of the random guests of test/faults, for every change.
import { expect, it } from 'vitest';
import { compare, compareHits, progressOf } from './random-guests.fixture.ts';

const SEEDS = [2, 3, 5, 6, 8, 11, 12, 24];

it.each(SEEDS)('random guest %i is the same however it is run', (seed) => {
  expect(compare(seed, 2)).toBe(undefined);
});
it('watched accesses are told the same however a guest is run', () => {
  const all = SEEDS.slice(0, 4).map((seed) => compareHits(seed, 2));
  expect(all.flatMap(({ difference }) => difference ?? [])).toEqual([]);
  expect(Math.min(...all.map(({ hits }) => hits))).toBeGreaterThan(20);
});
it('such guests take faults and exits', () => {
  const all = SEEDS.map(progressOf);
  expect(Math.min(...all.map(({ faults }) => faults))).toBeGreaterThan(5);
  expect(Math.min(...all.map(({ events }) => events))).toBeGreaterThan(30);
});
