import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { ExitRecords } from './exit-records.ts';

interface Added {
  readonly at: number;
  readonly path: number;
  readonly gap: number;
}

function randomExits(count: number, paths: number, seed: bigint): Added[] {
  const prng = new Prng(seed);
  let at = 0;
  return Array.from({ length: count }, () => {
    const gap = Number(prng.next64() % 5000n);
    at += gap;
    return { at, gap, path: Number(prng.next64() % BigInt(paths)) };
  });
}

function recordsOf(exits: readonly Added[], max: number) {
  const records = new ExitRecords(exits.length, max);
  for (const [ordinal, { at, path, gap }] of exits.entries()) records.add(at, path, gap, ordinal);
  return records.take();
}

describe('records of exits', () => {
  it('are the exits themselves while there is room', () => {
    const exits = randomExits(10_000, 7, 1n);
    const { stretch, at, path, count, gap, ordinal } = recordsOf(exits, 10_000);
    expect(stretch).toBe(0);
    expect(count.length).toBe(0);
    expect([...at]).toEqual(exits.map((exit) => exit.at));
    expect([...path]).toEqual(exits.map((exit) => exit.path));
    expect([...gap]).toEqual(exits.map((exit) => exit.gap));
    expect([...ordinal]).toEqual(exits.map((_, i) => i));
  });

  it.each([10, 100, 1000, 4999])('lose no exit and no instruction where only %d may be kept', (max) => {
    const exits = randomExits(5000, 5, 2n);
    const { stretch, at, path, count, gap, ordinal } = recordsOf(exits, max);
    expect(ordinal.length).toBe(0);
    expect(at.length).toBeLessThanOrEqual(max);
    expect(stretch).toBeGreaterThan(0);
    const expected = new Map<string, { count: number; gap: number }>();
    for (const exit of exits) {
      const key = `${exit.at - (exit.at % stretch)} ${exit.path}`;
      const sum = expected.get(key) ?? { count: 0, gap: 0 };
      expected.set(key, { count: sum.count + 1, gap: sum.gap + exit.gap });
    }
    const found = new Map([...at].map((when, i) => [`${when} ${path[i]}`, { count: count[i], gap: gap[i] }]));
    expect(found).toEqual(expected);
    expect([...at]).toEqual([...at].sort((a, b) => a - b));
  });

  it('are one a path where more paths come at one moment than there is room for', () => {
    const records = new ExitRecords(10, 100);
    for (let i = 0; i < 3000; i++) records.add(5, i % 1000, 1, i);
    const { at, count } = records.take();
    expect(at.length).toBe(1000);
    expect(count.reduce((sum, more) => sum + more, 0)).toBe(3000);
  });
});
