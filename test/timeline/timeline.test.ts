// A timeline comes to the same moments whatever way it takes: forwards, backwards, in any order, by count or by what happens there.
import { expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { eventStops } from '../../src/timeline/event-stops.ts';
import type { Moment } from '../../src/timeline/moment.ts';
import type { Hit, Stops } from '../../src/timeline/stops.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type EventDecl, irqAck, mmioWrite, type Stamp, vmExit } from '../../src/trace/events/index.ts';

const tapes = ['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57', 'demo-arm64-inputs'] as const;
const open = (name: string): Timeline => new Timeline(TapeReader.open(`traces/golden/v3/${name}.tape`));

/** Everything that must not depend on the way. */
const seen = (t: Timeline) => ({ ...t.now, ordinal: t.ordinal, hash: t.machine.stateHash() });
/** Places in an order that goes to and fro. */
const shuffled = <T>(list: readonly T[]): T[] => list.map((_, n) => list[(n * 17) % list.length] as T);

it.each(tapes)('%s: goes anywhere, in any order', (name) => {
  const way = open(name);
  const places = Array.from({ length: 41 }, (_, n) => Math.floor((way.last * n) / 40) + ((n * 7) % 5));
  const straight = new Map(
    places.map((place) => {
      way.seek(place);
      return [place, seen(way)] as const;
    }),
  );
  expect(new Set([...straight.values()].map((s) => s.hash)).size).toBeGreaterThan(10);
  const other = open(name);
  for (const place of shuffled(places)) {
    other.seek(place);
    expect(seen(other), `at ${place}`).toEqual(straight.get(place));
  }
});

it.each(tapes)('%s: a place in idle time is the next instruction, and one beyond the end the end', (name) => {
  const t = open(name);
  for (let n = 0; n <= 50; n++) {
    t.seek(Math.floor((t.last * n) / 50));
    expect(t.now.icount === t.last || !t.machine.vm.idles(), `at ${t.now.icount}`).toBe(true);
  }
  t.seek(1e15);
  const end = seen(t);
  expect(end.icount).toBe(t.last);
  t.seek(Math.floor(t.last / 3));
  t.seek(t.last);
  expect(t.now.icount).toBe(t.last);
});

it.each(tapes)('%s: steps back and on again', (name) => {
  const t = open(name);
  const moments: ReturnType<typeof seen>[] = [];
  t.seek(Math.floor(t.last / 50));
  for (let n = 0; n < 30; n++) {
    moments.push(seen(t));
    t.step('forwards');
  }
  for (const moment of moments.toReversed()) {
    t.step('backwards');
    expect(seen(t)).toEqual(moment);
  }
});

/** Offsets of the vectors of what an instruction raises (DDI 0487, D1.10.2; DDI 0406, B1.8.1). */
const vectors = { arm64: [0x200, 0x400], armv7: [0x4, 0xc, 0x10] } as const;
it.each(tapes)('%s: an instruction that faults is a step, and its vector another one', (name) => {
  const t = open(name);
  const view = new GuestView(t.machine);
  t.seek(Math.floor(t.last / 2));
  const base = must(view.register('VBAR_EL1') ?? view.register('VBAR'), 'base');
  const places = vectors[name.includes('arm64') ? 'arm64' : 'armv7'].map((offset) => ({ va: base + BigInt(offset) }));
  const stops: Stops = {
    arm: (session, found) => {
      session.stopBefore(places, () => found({ kind: 'breakpoint', which: 0 }));
      return () => session.stopBefore([], () => {});
    },
  };
  t.seek(t.first);
  let faults = 0;
  while (faults < 3) {
    if (t.run('forwards', stops).kind === 'end') break;
    const vector = seen(t);
    t.seek(vector.icount);
    const faulting = seen(t);
    // What a system call retires, its vector does not share the count of.
    if (faulting.pc !== vector.pc) {
      faults++;
      t.step('forwards');
      expect(seen(t)).toEqual(vector);
      t.step('forwards');
      expect(t.now).toMatchObject({ icount: vector.icount + 1, exceptions: 0 });
      t.step('backwards');
      expect(seen(t)).toEqual(vector);
      t.step('backwards');
      expect(seen(t)).toEqual(faulting);
      t.step('backwards');
      expect(t.now.icount).toBe(vector.icount - 1);
      t.step('forwards');
      expect(seen(t)).toEqual(faulting);
      t.step('forwards');
    }
    expect(seen(t)).toEqual(vector);
  }
  expect(faults).toBeGreaterThan(0);
});

it.each(tapes)('%s: steps back over idle time to the instruction that waits, and begins at the entry', (name) => {
  const t = open(name);
  // The same run, with its effects.
  const reader = TapeReader.open(`traces/golden/v3/${name.replace('-inputs', '')}.tape`);
  const skips = [...reader.events({ classes: new Set(['idle-skip']) })];
  for (const skip of [skips[0], skips.at(-1)]) {
    if (skip?.kind !== 'idle-skip') throw new Error('the guest idles');
    t.seek(skip.at + 1);
    expect(t.now.icount).toBeGreaterThanOrEqual(skip.to);
    t.step('backwards');
    expect(t.now.icount).toBe(skip.at - 1);
  }
  t.seek(0);
  expect(t.now.pc).toBe(0x4008_0000n);
});

/** Every place up to the end, forwards; then the same backwards. */
function bothWays(name: string, stops: Parameters<Timeline['run']>[1], max: number): Moment[] {
  const t = open(name);
  const there: (Hit & { hash: string })[] = [];
  for (;;) {
    const hit = t.run('forwards', stops);
    if (hit.kind === 'end') break;
    there.push({ ...hit, hash: t.machine.stateHash() });
    if (there.length === max) break;
  }
  if (there.length === max) there.pop();
  const back: typeof there = [];
  for (;;) {
    const hit = t.run('backwards', stops);
    if (hit.kind === 'start') break;
    back.push({ ...hit, hash: t.machine.stateHash() });
  }
  expect(back.toReversed()).toEqual(there);
  expect(t.now.icount).toBe(t.first);
  return there.map(({ moment }) => moment);
}

const breakpoints = (addresses: readonly number[]): Stops => ({
  arm: (session, found) => {
    session.stopBefore(
      addresses.map((pa) => ({ pa })),
      () => found({ kind: 'breakpoint', which: 0 }),
    );
    return () => session.stopBefore([], () => {});
  },
});
it.each(tapes)('%s: stops before an instruction each time that it comes, both ways', (name) => {
  const t = open(name);
  t.seek(Math.floor(t.last / 40));
  const places = Array.from({ length: 3 }, (_, n) => {
    t.seek(Math.floor(t.last / 40) + 97 * n);
    return Number(t.machine.pc);
  });
  const moments = bothWays(name, breakpoints(places), 60);
  expect(moments.length).toBeGreaterThan(2);
  for (const { pc } of moments) expect(places).toContain(Number(pc));
});

const fits = (wanted: EventDecl, nth: number) => (decl: EventDecl, _fields: Stamp, ordinal: number) =>
  decl === wanted && ordinal % nth === 0 ? ordinal : undefined;
it.each(tapes.slice(0, 3))('%s: stops behind events, both ways', (name) => {
  expect(bothWays(name, eventStops(fits(vmExit, 40)), 16).length).toBeGreaterThan(5);
  expect(bothWays(name, eventStops(fits(mmioWrite, 100)), 16).length).toBeGreaterThan(3);
  expect(bothWays(name, eventStops(fits(irqAck, 1)), 16).length).toBeGreaterThan(1);
});

it('demo-arm64: goes behind an event by its number', () => {
  const t = open('demo-arm64');
  for (const ordinal of shuffled([0, 1, 7, 300, 2000, 3000])) {
    t.seekEvent(ordinal);
    expect(t.ordinal).toBeGreaterThan(ordinal);
    expect(t.ordinal).toBeLessThan(ordinal + 12);
  }
  expect(() => t.seekEvent(1e9)).toThrow('there is no event 1000000000');
});
