import { describe, expect, it } from 'vitest';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import type { TapeEvent } from '../trace/events/index.ts';
import { setOf } from './events.fixture.ts';
import { type GicOptions, type InterruptLife, interruptLives } from './interrupt-lives.ts';
import { interruptSummaries } from './interrupts.ts';

const line = (at: number, level: 0 | 1, intid = 40, vcpu = 0): TapeEvent => ({
  kind: 'irq-line',
  at,
  vcpu,
  intid,
  level,
  source: 0,
});
const placed = (at: number, intid = 40, vcpu = 0): TapeEvent => ({
  kind: 'irq-inject',
  at,
  vcpu,
  intid,
  lr: 0,
  priority: 160,
  state: 1,
});
const ack = (at: number, intid = 40, vcpu = 0): TapeEvent => ({ kind: 'irq-ack', at, vcpu, intid });
const eoi = (at: number, intid = 40, vcpu = 0): TapeEvent => ({ kind: 'irq-eoi', at, vcpu, intid });
const sent = (at: number, intid: number, targets: number, vcpu = 0, mode = 0): TapeEvent => ({
  kind: 'sgi',
  at,
  vcpu,
  intid,
  targets,
  mode,
});
const waits = (at: number): TapeEvent => ({ kind: 'wfi', at, vcpu: 0, pc: 0n });

const livesOf = (events: readonly TapeEvent[], options: GicOptions = {}): InterruptLife[] => [
  ...interruptLives(setOf(events, 3), options),
];
const summaryOf = (events: readonly TapeEvent[], options: GicOptions = {}) => {
  const [only] = interruptSummaries(livesOf(events, options));
  return only;
};

describe('the life of an interrupt', () => {
  it('goes from its line to its completion', () => {
    expect(livesOf([line(10, 1), placed(12), ack(30), line(35, 0), eoi(50)])).toEqual([
      {
        intid: 40,
        vcpu: 0,
        raiser: 'device',
        raisedAt: 10,
        placedAt: 12,
        acknowledgedAt: 30,
        completedAt: 50,
        fate: 'completed',
        merged: 0,
        isSpurious: false,
        endedAt: 50,
      },
    ]);
  });

  it('is raised by each message, which no line takes back', () => {
    const message = (at: number): TapeEvent => ({ kind: 'irq-line', at, vcpu: 0, intid: 257, level: 1, source: 5 });
    const lives = livesOf([
      ...[message(10), placed(12, 257), message(13), ack(30, 257), message(40), eoi(50, 257)],
      ...[placed(51, 257), ack(60, 257), eoi(70, 257)],
    ]);
    expect(lives).toMatchObject([
      { raiser: 'message', raisedAt: 10, placedAt: 12, completedAt: 50, merged: 1, isSpurious: false },
      { raiser: 'message', raisedAt: 40, placedAt: 51, acknowledgedAt: 60, fate: 'completed', isSpurious: false },
    ]);
  });

  it('begins again where its line is still high when the guest has completed it', () => {
    const lives = livesOf([line(10, 1), placed(10), ack(20), eoi(30), placed(31), ack(40), line(41, 0), eoi(50)]);
    expect(lives.map(({ raiser, raisedAt, acknowledgedAt }) => [raiser, raisedAt, acknowledgedAt])).toEqual([
      ['device', 10, 20],
      ['level', 30, 40],
    ]);
  });

  it('is another one where its line rises while it is active', () => {
    const lives = livesOf([
      line(10, 1),
      placed(10),
      ack(20),
      line(21, 0),
      line(22, 1),
      eoi(30),
      placed(30),
      ack(44),
      eoi(45),
    ]);
    expect(lives.map(({ raisedAt, placedAt, fate }) => [raisedAt, placedAt, fate])).toEqual([
      [10, 10, 'completed'],
      [22, 30, 'completed'],
    ]);
  });

  it('ends when its line falls before the guest takes it: ignored without a list register, lost with one', () => {
    const events = [line(10, 1), line(15, 0), line(20, 1), placed(20), line(25, 0), line(30, 1), ack(33), eoi(34)];
    expect(livesOf(events).map(({ fate, endedAt, placedAt }) => [fate, endedAt, placedAt])).toEqual([
      ['withdrawn', 15, undefined],
      ['withdrawn', 25, 20],
      // Its placement is told of once only.
      ['completed', 34, 30],
    ]);
    expect(summaryOf(events)).toMatchObject({ raised: 3, ignored: 1, lost: 1, acknowledged: 1, firstLostAt: 25 });
  });

  it('is lost where it waits in a list register for long, and not yet where for a moment', () => {
    const events = [line(10, 1), placed(10)];
    expect(summaryOf([...events, waits(1000)])).toMatchObject({ lost: 0, placed: 1, acknowledged: 0 });
    expect(summaryOf([...events, waits(20_000_000)])).toMatchObject({ lost: 1, firstLostAt: 20_000_000 });
    expect(summaryOf([line(10, 1), waits(20_000_000)])).toMatchObject({ lost: 0, ignored: 1 });
  });

  it('is spurious where its line has fallen when the guest takes it; a pulse is an edge', () => {
    expect(summaryOf([line(10, 1), placed(10), line(15, 0), ack(20), eoi(30)])).toMatchObject({
      spurious: 1,
      firstSpuriousAt: 20,
      lost: 0,
    });
    expect(summaryOf([line(10, 1), line(10, 0), placed(10), ack(20), eoi(30)])).toMatchObject({
      spurious: 0,
      completed: 1,
    });
  });

  it('that nothing on the tape has raised is told, without a beginning', () => {
    const [life] = livesOf([placed(10), ack(20), eoi(30)]);
    expect(life).toMatchObject({ raiser: 'unknown', raisedAt: undefined, placedAt: 10 });
    expect(livesOf([ack(20), ack(30)]).map(({ fate }) => fate)).toEqual(['acknowledged', 'acknowledged']);
    expect(livesOf([eoi(30)])).toEqual([]);
  });
});

describe('software’s interrupts', () => {
  it('go to those that are named, to all others, or to the sender', () => {
    const to = (targets: number, mode: number): number[] =>
      livesOf([sent(5, 3, targets, 1, mode)], { vcpus: 4 }).map(({ vcpu }) => vcpu);
    expect([to(0b1010, 0), to(0, 1), to(0, 2)]).toEqual([[1, 3], [0, 2, 3], [1]]);
  });

  it('become one while they are pending; under GICv2 one from each sender', () => {
    const events = [sent(5, 3, 1, 1), sent(6, 3, 1, 1), sent(7, 3, 1, 2), placed(8, 3), ack(9, 3), eoi(10, 3)];
    expect(summaryOf(events, { vcpus: 3 })).toMatchObject({ raised: 3, acknowledged: 1, lost: 2 });
    const more = [...events, placed(11, 3), ack(12, 3), eoi(13, 3)];
    expect(livesOf(more, { vcpus: 3, version: 2 }).map(({ raisedAt, merged }) => [raisedAt, merged])).toEqual([
      [5, 1],
      [7, 0],
    ]);
  });
});

it('a storm is many of them close to each other', () => {
  const once = (at: number): TapeEvent[] => [line(at, 1), placed(at), ack(at + 1), line(at + 2, 0), eoi(at + 3)];
  const calm = Array.from({ length: 100 }, (_, i) => once(i * 50_000)).flat();
  expect(summaryOf(calm)?.storms).toEqual({ count: 0, first: [] });
  const busy = Array.from({ length: 40 }, (_, i) => once(10_000_000 + i * 5000)).flat();
  expect(summaryOf([...calm, ...busy])?.storms).toEqual({
    count: 1,
    first: [{ from: 10_000_001, to: 10_195_001, count: 40 }],
  });
});

describe.each(['demo-arm64', 'demo-armv7', 'demo-arm64-bhyve-2018'])('of %s', (name) => {
  const reader = TapeReader.open(`traces/golden/v3/${name}.tape`);
  const events = [...reader.events()];
  const version = reader.header.machine.gicVersion === 2 ? 2 : 3;
  const lives = [...interruptLives(reader, { version })];

  it('lives have every acknowledgement, and the time to it since the placement before', () => {
    const placedAt = new Map<number, number>();
    const latencies: number[] = [];
    for (const event of events) {
      if (event.kind === 'irq-inject') placedAt.set(event.intid, event.at);
      if (event.kind === 'irq-ack') latencies.push(event.at - (placedAt.get(event.intid) ?? Number.NaN));
    }
    const mine = lives
      .filter(({ acknowledgedAt }) => acknowledgedAt !== undefined)
      .sort((a, b) => (a.acknowledgedAt ?? 0) - (b.acknowledgedAt ?? 0));
    expect(mine.map(({ acknowledgedAt = 0, placedAt: at = 0 }) => acknowledgedAt - at)).toEqual(latencies);
    expect(lives.filter(({ fate }) => fate === 'completed').length).toBe(
      events.filter(({ kind }) => kind === 'irq-eoi').length,
    );
    const rises = events.filter((event) => event.kind === 'irq-line' && event.level === 1).length;
    expect(lives.filter(({ raiser }) => raiser === 'timer' || raiser === 'device').length).toBe(rises);
  });

  it('summaries have them all', () => {
    const summaries = interruptSummaries(lives);
    const sum = (of: (summary: (typeof summaries)[number]) => number): number =>
      summaries.reduce((total, summary) => total + of(summary), 0);
    expect(sum(({ acknowledged }) => acknowledged)).toBe(events.filter(({ kind }) => kind === 'irq-ack').length);
    expect(sum(({ placed: count }) => count)).toBe(events.filter(({ kind }) => kind === 'irq-inject').length);
    expect(sum(({ lost, spurious, storms }) => lost + spurious + storms.count)).toBe(0);
  });
});
