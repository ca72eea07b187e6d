import { expect, it } from 'vitest';
import { setOf } from '../../src/analysis/events.fixture.ts';
import { exitsOf, injectionsOf } from '../../src/analysis/exits.ts';
import { interruptLives } from '../../src/analysis/interrupt-lives.ts';
import { interruptSummaries } from '../../src/analysis/interrupts.ts';
import { profileOf } from '../../src/analysis/profile.ts';
import { timerSummaries } from '../../src/analysis/timers.ts';
import { Prng } from '../../src/base/prng.ts';
import { randomEvents } from '../../src/trace/codec/tape.fixture.ts';
import type { TapeEvent } from '../../src/trace/events/index.ts';

/** Every kind of event with any values, whose counts go forwards, or whichever way. */
function forged(seed: bigint, isOrdered: boolean): TapeEvent[] {
  const prng = new Prng(seed);
  return [...randomEvents(seed, 5000)].map((event) => {
    const at = isOrdered ? event.at : Number(prng.next64() >> (11n + (prng.next64() % 53n)));
    return { ...event, at, vcpu: Number(prng.next64() % 256n) };
  });
}

/** No number is negative, fractional where it counts, or none at all. */
function checkNumbers(value: unknown): void {
  if (typeof value === 'number') expect(value).toBeGreaterThanOrEqual(0);
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) checkNumbers(member);
}

it.each([
  [1n, true],
  [2n, false],
  [3n, false],
] as const)('analyses of forged events (%s, in order: %s) come to an end, and to numbers', (seed, isOrdered) => {
  const events = forged(seed, isOrdered);
  const set = setOf(events, 701);
  const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
  const exits = profileOf(exitsOf(set), { keyOf: ({ kvmClass, handled }) => `${kvmClass} ${handled?.kind}` });
  const injections = profileOf(injectionsOf(set), { keyOf: ({ intid }) => String(intid) });
  const interrupts = interruptSummaries(interruptLives(set, { vcpus: 256, version: 2 }));
  const timers = timerSummaries(set, { counterHz: 62_500_000 });
  expect([exits.total, injections.total]).toEqual([count('vm-exit'), count('irq-inject')]);
  for (const result of [exits, injections, interrupts, timers]) checkNumbers(result);
  expect(interrupts.length).toBeGreaterThan(10);
  expect(timers.length).toBeGreaterThan(10);
});
