import { describe, expect, it } from 'vitest';
import type { InterruptLife } from '../../src/analysis/interrupt-lives.ts';
import { LifeRecords } from './interrupt-data.ts';

const life = (intid: number, raisedAt: number, latency: number | undefined): InterruptLife => ({
  intid,
  vcpu: 0,
  raiser: 'timer',
  raisedAt,
  placedAt: raisedAt + 1,
  acknowledgedAt: latency === undefined ? undefined : raisedAt + latency,
  completedAt: undefined,
  fate: 'acknowledged',
  merged: 0,
  isSpurious: false,
  endedAt: raisedAt + (latency ?? 1),
});

describe('records of interrupts', () => {
  it('are bounded, and keep the slow ones', () => {
    const lives = Array.from({ length: 10_000 }, (_, i) =>
      life(27 + (i % 2), i * 100, i % 1000 === 7 ? 5000 + i : 10 + (i % 3)),
    );
    lives[5000] = life(27, 500_000, undefined);
    const records = new LifeRecords(256);
    expect([...records.kept(lives, {})]).toHaveLength(10_000);
    const kinds = [27, 28].map((intid) => ({ intid, vcpu: 0 }));
    const { lives: kept, livesLeftOut } = records.take(kinds);
    expect(kept.at.length).toBeLessThanOrEqual(256);
    expect(livesLeftOut).toBe(10_000 - kept.at.length);
    const slow = lives.filter(
      ({ raisedAt = 0, acknowledgedAt = Number.POSITIVE_INFINITY }) => acknowledgedAt - raisedAt > 1000,
    );
    expect([...kept.at]).toEqual(expect.arrayContaining(slow.map(({ raisedAt }) => raisedAt)));
    expect([...kept.at]).toEqual([...kept.at].sort((a, b) => a - b));
  });

  it('are bounded where each is of another kind', () => {
    const records = new LifeRecords(100);
    const lives = Array.from({ length: 1000 }, (_, i) => life(i, i, 1));
    for (const _ of records.kept(lives, {}));
    const { lives: kept, livesLeftOut } = records.take(lives);
    expect(kept.at.length).toBeLessThanOrEqual(100);
    expect(livesLeftOut + kept.at.length).toBe(1000);
  });

  it('are those of the stretch and vCPU that are asked for', () => {
    const records = new LifeRecords();
    const lives = [life(27, 5, 1), life(27, 50, 1), { ...life(27, 60, 1), vcpu: 1 }, life(27, 500, 1)];
    expect([...records.kept(lives, { from: 10, to: 100, vcpu: 0 })].map(({ raisedAt }) => raisedAt)).toEqual([50]);
    expect([...records.take([{ intid: 27, vcpu: 0 }]).lives.at]).toEqual([50]);
  });
});
