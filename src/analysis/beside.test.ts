import { expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import type { TapeEvent } from '../trace/events/index.ts';
import { type Beside, type BesideOptions, besideEachOther } from './beside.ts';
import { setOf, trapsOf } from './events.fixture.ts';

const hexOf = (pc: bigint): string => pc.toString(16);
const options: BesideOptions = {
  codeAt: { a: hexOf, b: hexOf },
  functionAt: { a: hexOf, b: hexOf },
  registerAt: (ipa) => `device ${ipa.toString(16)}`,
  isWanted: () => true,
  isTimed: true,
  regions: 100,
};
const compare = (a: readonly TapeEvent[], b: readonly TapeEvent[], more: Partial<BesideOptions> = {}): Beside =>
  besideEachOther(setOf(a).eventFrames(), setOf(b, 700).eventFrames(), { ...options, ...more });
const isOfCode = (event: TapeEvent, next: TapeEvent | undefined): boolean =>
  ['mmio-read', 'mmio-write', 'sysreg-read', 'sysreg-write', 'wfi'].includes(event.kind) ||
  (event.kind === 'vm-exit' && event.kvmClass !== 0x40 && next?.kind !== 'stage2-map');
const ofCode = (events: readonly TapeEvent[]): number =>
  events.filter((event, i) => isOfCode(event, events[i + 1])).length;

it('finds nothing between events and themselves, however they are framed', () => {
  const { events } = trapsOf(3n, 5000, 2);
  const found = compare(events, events);
  expect(found).toMatchObject({ aligned: ofCode(events), changed: 0, onlyA: 0, onlyB: 0, groups: [], regionCount: 0 });
  expect(found.events).toEqual({ a: events.length, b: events.length });
  const classes = [...found.tallies.byClass.values()];
  expect(classes.reduce((sum, { a }) => sum + a, 0)).toBe(events.length);
  expect(classes.every(({ a, b, onlyA, onlyB, changed }) => a === b && onlyA + onlyB + changed === 0)).toBe(true);
});

it('finds what is missing, more, or has another value, and goes on behind it', () => {
  for (let seed = 1n; seed <= 8n; seed++) {
    const { events } = trapsOf(seed, 6000, 1);
    const random = new Prng(seed);
    const other: TapeEvent[] = [];
    let [missing, more, changed] = [0, 0, 0];
    for (const [i, event] of events.entries()) {
      const accessed = events[i - 1];
      const chance = Number(random.next64() % 300n);
      const isAlone = event.kind === 'mmio-read' && accessed?.kind === 'vm-exit';
      // An access is left out with its exit, or made once more.
      if (isAlone && chance === 0) {
        other.pop();
        missing += 2;
        continue;
      }
      if (isAlone && chance === 1) {
        changed++;
        other.push({ ...event, value: event.value ^ 0x100n });
        continue;
      }
      other.push(event);
      if (isAlone && chance === 2) {
        other.push(accessed, event);
        more += 2;
      }
    }
    const found = compare(events, other, { isTimed: false });
    expect(found.onlyA - found.onlyB).toBe(missing - more);
    expect([found.onlyA, found.onlyB]).toEqual([missing, more]);
    expect(found.changed).toBe(changed);
    expect(found.aligned).toBe(ofCode(events) - missing);
    const values = found.groups.filter(({ what }) => what === 'mmio-read.value');
    expect(values.reduce((sum, { count }) => sum + count, 0)).toBe(changed);
    expect(found.tallies.byClass.get('mmio-read')).toMatchObject({ onlyA: missing / 2, onlyB: more / 2, changed });
  }
});

it('finds the way back over thousands of events that only one side has', () => {
  const { events } = trapsOf(5n, 30_000, 1);
  const other = [...events.slice(0, 4000), ...trapsOf(99n, 9000, 1).events, ...events.slice(10_000)];
  const { onlyA, onlyB, aligned, regions, regionCount } = compare(events, other, { isTimed: false });
  // An event or two at the cuts may be taken for others.
  expect(aligned).toBeGreaterThanOrEqual(ofCode(events.slice(0, 4000)) + ofCode(events.slice(10_000)) - 4);
  expect(aligned + onlyA).toBe(ofCode(events));
  expect(aligned + onlyB).toBe(ofCode(other));
  expect(onlyA).toBeGreaterThan(1000);
  expect(regions.length).toBe(regionCount);
  const last = regions.at(-1);
  expect(last?.a && events[last.a.last]?.at).toBeLessThan(events[10_100]?.at ?? 0);
});

it('tells interrupts and first touches of memory that come elsewhere, without losing the way', () => {
  const { events } = trapsOf(7n, 3000, 1);
  const base = events.filter(({ kind }) => !kind.startsWith('irq'));
  const ack = (at: number): TapeEvent => ({ kind: 'irq-ack', at, vcpu: 0, intid: 27 });
  const put = (n: number): TapeEvent[] => [...base.slice(0, n), ack(base[n]?.at ?? 0), ...base.slice(n)];
  const found = compare(put(500), put(2000));
  expect(found).toMatchObject({ onlyA: 0, onlyB: 0, changed: 0 });
  expect(found.groups).toMatchObject([{ what: 'irq-ack 27 elsewhere', count: 1, first: { a: { event: 500 } } }]);
  expect(found.tallies.byIntid.get('27')).toMatchObject({ a: 1, b: 1 });
});

it('knows code by what it is called, and words by what they say', () => {
  const { events } = trapsOf(9n, 2000, 1);
  const moved = events.map((event) => ('pc' in event ? { ...event, pc: event.pc + 0x1_2340n } : event) as TapeEvent);
  const at = { ...options.codeAt, b: (pc: bigint) => hexOf(pc - 0x1_2340n) };
  expect(compare(events, moved, { codeAt: at })).toMatchObject({ onlyA: 0, onlyB: 0, changed: 0, groups: [] });
  expect(compare(events, moved).onlyA).toBeGreaterThan(100);
  const said = (text: string): TapeEvent => ({
    ...{ kind: 'console-out', at: 1, vcpu: 0, device: 0, bytes: Buffer.from(text) },
  });
  expect(compare([said('[    0.100000] a\n')], [said('[    0.123456] a\n')]).changed).toBe(0);
  expect(compare([said('[    0.100000] a\n')], [said('[    0.100000] b\n')]).groups).toMatchObject([
    { what: 'console-out.bytes', first: { a: { event: 0, value: '"[    0.100000] a\\n"' } } },
  ]);
});

it('lays the tapes of two timer policies beside each other: what one alone traps is all that is not on both', () => {
  const [a, b] = ['demo-arm64', 'demo-arm64-bhyve'].map((name) => TapeReader.open(`traces/golden/v3/${name}.tape`));
  const found = besideEachOther(a?.eventFrames() ?? [], b?.eventFrames() ?? [], options);
  const only = found.groups.filter(({ what }) => what.includes('only in'));
  expect(only.length).toBeGreaterThan(0);
  for (const { register } of only) expect(register).toMatch(/^CNT/);
  expect(found.aligned).toBeGreaterThan(5000);
});
