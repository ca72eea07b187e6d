import { describe, expect, it } from 'vitest';
import { setOf, trapsOf } from './events.fixture.ts';
import { type Exit, exitsOf } from './exits.ts';
import { OTHERS, profileChanges, profileOf } from './profile.ts';

const { events } = trapsOf(7n, 30_000, 2);
const exits = [...exitsOf(setOf(events))];
const keyOf = ({ kvmClass, handled }: Exit): string => `${kvmClass} ${handled?.kind}`;

describe('a profile', () => {
  it('counts what falls under each key, the most frequent first', () => {
    const costOf = ({ bhyveExit }: Exit): number => bhyveExit;
    const profile = profileOf(exits, { keyOf });
    expect(profile).toMatchObject({ total: exits.length, isExact: true });
    expect(profile.rows.map(({ count }) => count)).toEqual(
      profile.rows.map(({ count }) => count).toSorted((a, b) => b - a),
    );
    expect(new Set(profile.rows.map(({ key }) => key))).toEqual(new Set(exits.map(keyOf)));
    for (const row of profile.rows) {
      const mine = exits.filter((exit) => keyOf(exit) === row.key);
      const instructions = mine.map((exit) => exit.instructions).sort((a, b) => a - b);
      expect(row).toMatchObject({
        count: mine.length,
        share: mine.length / exits.length,
        instructions: instructions.reduce((sum, value) => sum + value, 0),
        timeNs: mine.reduce((sum, { timeNs }) => sum + timeNs, 0),
        min: instructions[0],
        p50: instructions[Math.ceil(mine.length / 2) - 1],
        p99: instructions[Math.ceil(0.99 * mine.length) - 1],
        max: instructions.at(-1),
      });
      expect(row.costNs).toBeUndefined();
    }
    const weighed = profileOf(exits, { keyOf, costOf });
    expect(weighed.costNs).toBe(exits.reduce((sum, exit) => sum + costOf(exit), 0));
    const costs = weighed.rows.map(({ costNs = 0 }) => costNs);
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
  });

  it('has no more rows than it may, and loses nothing', () => {
    const profile = profileOf(exits, { keyOf: ({ ordinal }) => `${ordinal}`, rowsMax: 10 });
    expect(profile.rows[0]).toMatchObject({ key: OTHERS, count: exits.length - 10 });
    expect(profile.rows.length).toBe(11);
    expect(profile.total).toBe(exits.length);
  });

  it('of nothing is empty', () => {
    expect(profileOf([] as Exit[], { keyOf })).toEqual({
      total: 0,
      instructions: 0,
      timeNs: 0,
      rows: [],
      isExact: true,
    });
  });
});

it('two profiles differ by what is in one and not in the other', () => {
  const half = exits.filter(({ ordinal }) => ordinal % 2 === 0 || ordinal < 1000);
  const [a, b] = [profileOf(exits, { keyOf }), profileOf(half.slice(0, -50), { keyOf })];
  const changes = profileChanges(a, b);
  expect(changes.reduce((sum, { delta }) => sum + delta, 0)).toBe(b.total - a.total);
  const sizes = changes.map(({ delta }) => Math.abs(delta));
  expect(sizes).toEqual(sizes.toSorted((x, y) => y - x));
  const nothing = profileOf([] as Exit[], { keyOf });
  for (const { a: before, b: after, delta, shareDelta } of profileChanges(nothing, a)) {
    expect(before).toBeUndefined();
    expect([delta, shareDelta]).toEqual([after?.count, after?.share]);
  }
  expect(profileChanges(a, a).every(({ delta, shareDelta }) => delta === 0 && shareDelta === 0)).toBe(true);
});
