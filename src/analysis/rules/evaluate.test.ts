import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { Prng } from '../../base/prng.ts';
import { bhyveExitName, kvmClassName, type TapeEvent } from '../../trace/events/index.ts';
import { setOf, trapsOf } from '../events.fixture.ts';
import type { EventNames } from '../tables/index.ts';
import { evaluate, type Spot, type Verdict } from './evaluate.ts';
import { readRules } from './read-rules.ts';

const names: EventNames = { symbolAt: () => undefined, registerAt: (ipa) => `dev R${ipa % 3n}`, isArmv7: false };

/** One rule against events, in frames of a prime number. */
function verdict(
  events: readonly TapeEvent[],
  rule: object,
  spots: Readonly<Record<string, Spot | undefined>> = {},
): Verdict {
  const rules = readRules(JSON.stringify({ rules: [{ name: 'rule', ...rule }] }), 'rules.json');
  const [only] = evaluate(setOf(events, 97), rules, new Map(Object.entries(spots)), names);
  return only as Verdict;
}
const brokenAt = ({ breaches }: Verdict): (number | undefined)[] => breaches.map(({ ordinal }) => ordinal);

/** Where each event is in all units, by a plain walk. */
function momentsOf(events: readonly TapeEvent[]): Record<'exits' | 'events' | 'instructions' | 'ns', number>[] {
  let [exits, instructions, now] = [0, 0, 0];
  return events.map((event, ordinal) => {
    instructions += event.at - now;
    now = event.kind === 'idle-skip' ? event.to : event.at;
    if (event.kind === 'vm-exit') exits++;
    return { exits, events: ordinal, instructions, ns: event.at };
  });
}

const { events } = trapsOf(5n, 4000, 2);
const moments = momentsOf(events);
type Unit = keyof (typeof moments)[number];
const at = (ordinal: number, unit: Unit): number => moments[ordinal]?.[unit] ?? Number.NaN;
const ordinalsOf = (wanted: (event: TapeEvent) => boolean): number[] =>
  events.flatMap((event, ordinal) => (wanted(event) ? [ordinal] : []));

describe('matches', () => {
  test.each<[object, (event: TapeEvent) => boolean]>([
    [{ table: 'exits' }, (e) => e.kind === 'vm-exit'],
    [{ table: 'exits', class: 'DABT_LOW' }, (e) => e.kind === 'vm-exit' && kvmClassName(e.kvmClass) === 'DABT_LOW'],
    [{ table: 'exits', class: ['WFx', 'SYS*'] }, (e) => e.kind === 'vm-exit' && [1, 0x18].includes(e.kvmClass)],
    [
      { table: 'exits', bhyve: '*_EMUL', vcpu: 1 },
      (e) => e.kind === 'vm-exit' && /_EMUL$/.test(bhyveExitName(e.bhyveExit)) && e.vcpu === 1,
    ],
    [{ table: 'mmio', access: 'write', register: 'R1' }, (e) => e.kind === 'mmio-write' && e.ipa % 3n === 1n],
    [
      { table: 'mmio', ipa: { min: '0x9000008', max: 0x900_0010 } },
      (e) => (e.kind === 'mmio-write' || e.kind === 'mmio-read') && e.ipa >= 0x900_0008n && e.ipa <= 0x900_0010n,
    ],
    [
      { table: 'mmio', ipa: ['0x9000004', '150994952'] },
      (e) => (e.kind === 'mmio-write' || e.kind === 'mmio-read') && [0x900_0004n, 150994952n].includes(e.ipa),
    ],
    [{ table: 'irqs', event: 'irq-inject', intid: { min: 28 } }, (e) => e.kind === 'irq-inject' && e.intid >= 28],
    [{ table: 'irqs', intid: null }, (e) => e.kind === 'maintenance-irq'],
    [
      { table: 'exits', symbol: null, far: null },
      (e) => e.kind === 'vm-exit' && (e.kvmClass < 0x20 || e.kvmClass > 0x25),
    ],
    [{ table: 'schedule', event: 'wfi' }, (e) => e.kind === 'wfi'],
    [{ table: 'exits', class: 'nothing' }, () => false],
  ])('%j', (count, wanted) => {
    const expected = ordinalsOf(wanted).length;
    expect(verdict(events, { count, atLeast: expected, atMost: expected })).toMatchObject({ isKept: true });
    const less = verdict(events, { count, atLeast: expected + 1 });
    expect(less.breaches).toMatchObject([
      { ordinal: undefined, text: `only ${expected}, where ${expected + 1} are wanted` },
    ]);
    if (expected === 0) return;
    expect(brokenAt(verdict(events, { count, atMost: expected - 1 }))).toEqual([ordinalsOf(wanted).at(-1)]);
  });
});

describe('budgets', () => {
  const waits = ordinalsOf((e) => e.kind === 'wfi');
  const count = { table: 'schedule', event: 'wfi' };
  test('between places: from the first on, up to before the second', () => {
    const [from, before] = [waits[10] as number, waits[20] as number];
    const spots = { a: { icount: 0, ordinal: from }, b: { icount: 0, ordinal: before } };
    expect(verdict(events, { count, from: 'a', before: 'b', atMost: 10, atLeast: 10 }, spots).isKept).toBe(true);
    const byCount = { a: { icount: events[from]?.at ?? 0 }, b: { icount: events[before]?.at ?? 0 } };
    const inside = waits.filter(
      (n) => (events[n]?.at ?? 0) >= byCount.a.icount && (events[n]?.at ?? 0) < byCount.b.icount,
    ).length;
    expect(verdict(events, { count, from: 'a', before: 'b', atMost: inside, atLeast: inside }, byCount).isKept).toBe(
      true,
    );
    const never = verdict(events, { count, before: 'b', atMost: 1e6 }, { b: undefined });
    expect(never.breaches.map(({ text }) => text)).toEqual(['b is not on the tape']);
  });

  test.each<[Unit, number]>([
    ['ns', 1_000_000],
    ['instructions', 40_000],
    ['exits', 30],
    ['events', 70],
  ])('in any stretch of %s', (unit, value) => {
    // By the definition: the first event that makes it one too many; then from behind it on.
    const expected: number[] = [];
    let most = 0;
    let begin = 0;
    for (const [i, ordinal] of waits.entries()) {
      const inside = waits.slice(begin, i + 1).filter((other) => at(ordinal, unit) - at(other, unit) < value).length;
      most = Math.max(most, inside);
      if (inside <= 5) continue;
      expected.push(ordinal);
      begin = i + 1;
    }
    const { breaches, broken, text } = verdict(events, { count, atMost: 5, per: { [unit]: value } });
    expect(expected.length).toBeGreaterThan(2);
    expect(broken).toBe(expected.length);
    expect(breaches.map(({ ordinal }) => ordinal)).toEqual(expected.slice(0, 100));
    expect(text).toContain(`at most ${most} in ${value} ${unit}`);
  });
});

describe('orderings', () => {
  const every = { table: 'irqs', event: 'irq-inject' };
  const other = { table: 'mmio', access: 'read' };
  const [as, bs] = [ordinalsOf((e) => e.kind === 'irq-inject'), ordinalsOf((e) => e.kind === 'mmio-read')];

  test.each<[Unit, number, readonly string[]]>([
    ['exits', 3, []],
    ['events', 12, []],
    ['ns', 5000, []],
    ['instructions', 4000, []],
    ['exits', 6, ['vcpu']],
  ])('every one is followed within %s %d, the same %j', (unit, value, same) => {
    const isSame = (a: number, b: number): boolean => same.length === 0 || events[a]?.vcpu === events[b]?.vcpu;
    const end = events.length - 1;
    const late = as.filter((a) => {
      const next = bs.find((b) => b > a && isSame(a, b));
      const wait = at(next ?? end, unit) - at(a, unit);
      return wait > value;
    });
    const rule = { every, followedBy: other, within: { [unit]: value }, ...(same.length > 0 ? { same } : {}) };
    const got = verdict(events, rule);
    expect(late.length).toBeGreaterThan(3);
    expect(got.broken).toBe(late.length);
    expect(new Set(brokenAt(got))).toEqual(new Set(late.slice(0, got.breaches.length)));

    const lost = as.filter((a) => {
      const before = bs.findLast((b) => b < a && isSame(a, b));
      return before === undefined || at(a, unit) - at(before, unit) > value;
    });
    const reverse = { every, precededBy: other, within: { [unit]: value }, ...(same.length > 0 ? { same } : {}) };
    const ahead = verdict(events, reverse);
    expect(ahead.broken).toBe(lost.length);
    expect(brokenAt(ahead)).toEqual(lost.slice(0, 100));
  });

  test('what is not decided at the end is no breach', () => {
    const [last] = as.slice(-1);
    const some = events.slice(0, (last ?? 0) + 1);
    const { isKept, text } = verdict(some, { every, followedBy: { table: 'psci' }, within: { events: 1e6 } });
    expect([isKept, text]).toEqual([true, expect.stringContaining(`${as.length} undecided`)]);
  });

  test('an event of both kinds is not behind itself', () => {
    const { broken } = verdict(events, { every, followedBy: every, within: { events: 1e6 } });
    expect(broken).toBe(0);
    const gaps = as.slice(1).filter((a, i) => a - (as[i] as number) > 4);
    const got = verdict(events, { every, followedBy: every, within: { events: 4 } });
    const open = events.length - 1 - (as.at(-1) as number) > 4 ? 1 : 0;
    expect(got.broken).toBe(gaps.length + open);
  });

  test('too many that wait are told of, and take no memory', () => {
    const prng = new Prng(1n);
    const many = Array.from(
      { length: 300_000 },
      (_, n): TapeEvent => ({ kind: 'irq-ack', at: n, vcpu: 0, intid: Number(prng.next64() & 0xffffn) }),
    );
    const run = () =>
      verdict(many, { every: { table: 'irqs' }, followedBy: { table: 'psci' }, within: { events: 1e9 } });
    expect(run).toThrow(Failure);
    expect(run).toThrow(/more than 262144 events wait/);
  });
});

test('a place is reached in time, in all units', () => {
  for (const unit of ['exits', 'events', 'instructions', 'ns'] as const) {
    const spot = { icount: events[3000]?.at ?? 0, ordinal: 3000 };
    const took = at(3000, unit);
    expect(verdict(events, { reach: 'x', within: { [unit]: took } }, { x: spot })).toMatchObject({ isKept: true });
    const late = verdict(events, { reach: 'x', within: { [unit]: took - 1 } }, { x: spot });
    expect(late.breaches).toMatchObject([{ ordinal: 3000, text: `x after ${took} ${unit}, at most ${took - 1}` }]);
    const from = { icount: events[1000]?.at ?? 0, ordinal: 1000 };
    const between = took - at(1000, unit);
    expect(verdict(events, { reach: 'x', from: 'f', within: { [unit]: between } }, { x: spot, f: from })).toMatchObject(
      { isKept: true },
    );
    expect(
      verdict(events, { reach: 'x', from: 'f', within: { [unit]: between - 1 } }, { x: spot, f: from }).isKept,
    ).toBe(false);
  }
  expect(verdict(events, { reach: 'x', within: { ns: 1 } }, { x: undefined }).breaches[0]?.text).toBe(
    'x is not on the tape',
  );
  const before = verdict(
    events,
    { reach: 'x', from: 'f', within: { ns: 1 } },
    { x: { icount: 5, ordinal: 5 }, f: { icount: 9, ordinal: 9 } },
  );
  expect([before.isKept, before.breaches[0]?.text]).toEqual([false, 'x comes before f']);
});
