import { describe, expect, it } from 'vitest';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import type { TapeEvent } from '../trace/events/index.ts';
import { setOf } from './events.fixture.ts';
import { type TimerFiring, timerSummaries } from './timers.ts';

/** 16 ns a tick. */
const counterHz = 62_500_000;
const ticks = (ns: number): bigint => BigInt(ns) / 16n;
const program = (at: number, ctl: number, dueNs: number, vcpu = 0): TapeEvent => ({
  kind: 'timer-program',
  at,
  vcpu,
  timer: 0,
  ctl,
  cval: ticks(dueNs),
});
const fire = (at: number, vcpu = 0): TapeEvent => ({ kind: 'timer-fire', at, vcpu, timer: 0, intid: 27 });
const placed = (at: number, vcpu = 0): TapeEvent => ({
  kind: 'irq-inject',
  at,
  vcpu,
  intid: 27,
  lr: 0,
  priority: 160,
  state: 1,
});
const ack = (at: number, vcpu = 0): TapeEvent => ({ kind: 'irq-ack', at, vcpu, intid: 27 });

const summaryOf = (events: readonly TapeEvent[], options: { from?: number; to?: number; vcpu?: number } = {}) => {
  const firings: TimerFiring[] = [];
  const summaries = timerSummaries(setOf(events, 3), { counterHz, ...options }, (firing) => firings.push(firing));
  return { summaries, only: summaries[0], firings };
};

describe('a timer', () => {
  it('that is in time is late by nothing, and its interrupt by what the guest made of it', () => {
    const { only, firings } = summaryOf([program(100, 1, 1600), fire(1600), placed(1600), ack(1650)]);
    expect(only).toMatchObject({ programmed: 1, armed: 1, fired: 1, cancelled: 0, lost: 0, intid: 27 });
    expect(only?.late).toMatchObject({ count: 1, max: 0 });
    expect(only?.acknowledgedLate).toMatchObject({ count: 1, max: 50 });
    expect(firings).toEqual([
      {
        timer: 0,
        intid: 27,
        vcpu: 0,
        programmedAt: 100,
        dueAt: 1600,
        firedAt: 1600,
        placedAt: 1600,
        acknowledgedAt: 1650,
        delays: { masked: 50 },
      },
    ]);
  });

  it('is due at the first count at which the counter is there', () => {
    const { firings } = summaryOf([{ kind: 'timer-program', at: 0, vcpu: 0, timer: 0, ctl: 1, cval: 3n }, fire(60)]);
    expect(firings[0]?.dueAt).toBe(48);
    const odd = timerSummaries(
      setOf([{ kind: 'timer-program', at: 0, vcpu: 0, timer: 0, ctl: 1, cval: 1n }, fire(34)]),
      { counterHz: 30_000_000 },
      ({ dueAt }) => expect(dueAt).toBe(34),
    );
    expect(odd[0]?.late.max).toBe(0);
  });

  it('says what has made it late', () => {
    const delaysOf = (...events: TapeEvent[]): unknown => summaryOf(events).firings[0]?.delays;
    expect(delaysOf(program(100, 1, 16), fire(100))).toEqual({ past: 84 });
    expect(delaysOf(program(10, 3, 160), program(200, 1, 160), fire(200))).toEqual({ disabled: 40 });
    // Written when it was past, and let go later still.
    expect(delaysOf(program(200, 3, 160), program(230, 1, 160), fire(230))).toEqual({ past: 40, disabled: 30 });
    const skip: TapeEvent = { kind: 'idle-skip', at: 110, vcpu: 0, to: 300 };
    expect(delaysOf(program(100, 1, 160), skip, fire(300))).toEqual({ idle: 140 });
    const turn = (at: number, from: number, to: number): TapeEvent => ({ kind: 'vcpu-turn', at, vcpu: from, from, to });
    expect(delaysOf(program(100, 1, 160), turn(120, 0, 1), turn(400, 1, 0), fire(400))).toEqual({ turn: 240 });
    expect(delaysOf(program(100, 1, 160), fire(170))).toEqual({ hypervisor: 10 });
    expect(delaysOf(program(100, 1, 160), fire(160), placed(200), ack(230))).toEqual({ undelivered: 40, masked: 30 });
  });

  it('that is set anew before it is due is cancelled; one that should have fired is lost', () => {
    expect(summaryOf([program(0, 1, 160), program(100, 1, 320), fire(320)]).only).toMatchObject({
      armed: 2,
      fired: 1,
      cancelled: 1,
      lost: 0,
    });
    expect(summaryOf([program(0, 1, 160), program(200, 0, 160)]).only).toMatchObject({ lost: 1, cancelled: 0 });
    expect(summaryOf([program(0, 1, 160), { kind: 'wfi', at: 500, vcpu: 0, pc: 0n }]).only).toMatchObject({ lost: 1 });
    // Set for ever, written twice alike, and masked.
    const never: TapeEvent = { kind: 'timer-program', at: 0, vcpu: 0, timer: 0, ctl: 1, cval: 2n ** 64n - 1n };
    expect(summaryOf([never, { ...never, at: 9 }]).only).toMatchObject({
      programmed: 2,
      armed: 1,
      lost: 0,
      cancelled: 0,
    });
  });

  it('is each vCPU’s own', () => {
    const events = [
      program(0, 1, 160),
      program(0, 1, 160, 1),
      fire(160, 1),
      placed(160, 1),
      ack(170, 1),
      fire(176),
      ack(180),
    ];
    const { summaries } = summaryOf(events);
    expect(summaries.map(({ vcpu, late, acknowledgedLate }) => [vcpu, late.max, acknowledgedLate.max])).toEqual([
      [0, 16, 20],
      [1, 0, 10],
    ]);
    expect(summaryOf(events, { vcpu: 1 }).summaries.map(({ vcpu }) => vcpu)).toEqual([1]);
    expect(summaryOf(events, { from: 1, to: 165 }).summaries).toMatchObject([{ vcpu: 1, programmed: 0, fired: 1 }]);
  });
});

describe.each(['demo-arm64', 'demo-armv7', 'demo-armv7-bhyve-2018'])('of %s', (name) => {
  const reader = TapeReader.open(`traces/golden/v3/${name}.tape`);
  const events = [...reader.events()];
  const firings: TimerFiring[] = [];
  const summaries = timerSummaries(reader, { counterHz }, (firing) => firings.push(firing));

  it('fires when its compare value says, and none is lost', () => {
    const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
    const sum = (field: 'programmed' | 'fired' | 'lost'): number =>
      summaries.reduce((total, summary) => total + summary[field], 0);
    expect([sum('programmed'), sum('fired'), sum('lost')]).toEqual([count('timer-program'), count('timer-fire'), 0]);
    // By the last value that was programmed before it.
    for (const { firedAt, timer, dueAt } of firings) {
      const before = events.findLast((e) => e.kind === 'timer-program' && e.timer === timer && e.at <= firedAt);
      expect(before?.kind === 'timer-program' && Number(before.cval) * 16).toBe(dueAt);
    }
    expect(firings.length).toBe(count('timer-fire'));
    expect(firings.every(({ acknowledgedAt = 0, firedAt }) => acknowledgedAt > firedAt)).toBe(true);
  });
});
