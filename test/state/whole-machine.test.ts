// A machine that is saved at any count and restored, into a fresh one or one that has run elsewhere, runs on as one that never stopped.
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../src/base/plain.ts';
import type { MachineState } from '../../src/machine/machine-state.ts';
import {
  build,
  demo,
  exclusives,
  type Guest,
  kinds,
  moments,
  runTo,
  smp,
  steps,
  type Told,
} from './moments.fixture.ts';

const END = 1e9;
/** From so many of the saved states the guest runs to its end; from the others to where the next one was saved. */
const WHOLE_RUNS = 5;

/** The whole run in one go. */
function reference(guest: Guest) {
  const told = build(guest);
  runTo(guest, told, END);
  const end = told.machine.end('end', '');
  return { lines: told.events.lines, console: told.console.text, end };
}
/** Ascending counts spread over the exits of a run: the moment of an exit, or somewhat later. */
function placesIn(lines: readonly string[], count: number): number[] {
  const exits = [...new Set(lines.map((line) => Number(line.trim().split(/\s+/)[0])))];
  const places = Array.from({ length: count }, (_, n) => {
    const at = exits[Math.floor((n * exits.length) / count)] as number;
    return at + (n % 3 === 0 ? 0 : (n * 7919) % 997);
  });
  return [...new Set(places)].sort((a, b) => a - b);
}

/** The first field, or page of memory, in which two states differ. */
function difference(a: MachineState, b: MachineState): string | undefined {
  const page = [...a.memory.differences(b.memory)][0]?.[0];
  return firstDifference(a.parts, b.parts) ?? (page === undefined ? undefined : `page ${page}`);
}

/** Saves at each place, and runs on from there in a machine of its own. */
function compare(guest: Guest, places: readonly number[]): Set<string> {
  const whole = reference(guest);
  const seen = new Set<string>();
  const original = build(guest);
  let restored: Told | undefined;
  let from = 0;
  let last = -1;
  for (const [n, place] of places.entries()) {
    if (!runTo(guest, original, place, last)) break;
    const lines = original.events.lines.length;
    const saved = original.machine.saveAll();
    if (restored) {
      runTo(guest, restored, place, last);
      expect(restored.events.lines, `from ${last} to ${place}`).toEqual(original.events.lines.slice(from));
      expect(difference(restored.machine.saveAll(), saved), `state at ${place}, restored at ${last}`).toBe(undefined);
    }
    for (const [name, shows] of Object.entries(moments)) if (shows(saved)) seen.add(name);
    restored = build(guest);
    const early = restored.events.lines.length;
    restored.machine.restoreAll(saved);
    expect(restored.events.lines.length, 'a restore tells nobody').toBe(early);
    expect(restored.machine.stateHash()).toBe(original.machine.stateHash());
    restored.events.lines.length = 0;
    if (n % Math.ceil(places.length / WHOLE_RUNS) === 0) {
      runTo(guest, restored, END, place);
      expect(restored.events.lines, `from ${place}`).toEqual(whole.lines.slice(lines));
      expect(restored.machine.end('end', ''), `from ${place}`).toEqual(whole.end);
      restored = undefined;
    }
    from = lines;
    last = place;
  }
  return seen;
}

/** Puts one machine that has run to its end back to each of the places, in no order, and runs it on to where the next was saved. */
function compareInPlace(guest: Guest, places: readonly number[]): void {
  const whole = reference(guest);
  const one = build(guest);
  const states: { place: number; from: number; state: MachineState }[] = [];
  let last = -1;
  for (const place of places) {
    if (!runTo(guest, one, place, last)) break;
    states.push({ place, from: one.events.lines.length, state: one.machine.saveAll() });
    last = place;
  }
  runTo(guest, one, END, last);
  const shuffled = states.map((_, n) => (n * 37) % states.length);
  for (const n of new Set(shuffled)) {
    const { place, from, state } = states[n] as (typeof states)[number];
    const next = states[n + 1];
    one.events.lines.length = 0;
    one.machine.restoreAll(state);
    expect(one.events.lines, 'a restore tells nobody').toEqual([]);
    expect(difference(one.machine.saveAll(), state), `state at ${place}`).toBe(undefined);
    if (next === undefined || n % Math.ceil(states.length / WHOLE_RUNS) === 0) {
      runTo(guest, one, END, place);
      expect(one.events.lines, `from ${place}`).toEqual(whole.lines.slice(from));
      expect(one.machine.end('end', ''), `from ${place}`).toEqual(whole.end);
    } else {
      runTo(guest, one, next.place, place);
      expect(one.events.lines, `from ${place}`).toEqual(whole.lines.slice(from, next.from));
      expect(difference(one.machine.saveAll(), next.state), `from ${place} to ${next.place}`).toBe(undefined);
    }
  }
}

const everyday = [
  'an interrupt is active',
  'an interrupt is pending in a list register',
  'the timer is armed',
  'the FIFO is half full',
  'input waits for the FIFO',
  'a console line is open',
  'the guest waits for an interrupt',
  'the hypervisor is at work',
  'the guest is paused',
];

// The third differs in what the host is; the guest is the second's.
describe.each(kinds.map((kind, n) => ({ kind, saves: n < 2 ? 200 : 50 })))('a demo, $kind', ({ kind, saves }) => {
  const guest = demo(kind);
  const places = placesIn(reference(guest).lines, saves);

  it(`is saved at ${saves} counts, in the states that matter, and runs on`, { timeout: 300_000 }, () => {
    expect(places.length).toBeGreaterThan(0.75 * saves);
    const seen = compare(guest, places);
    const wanted = kind.arch === 'arm64' ? everyday : [...everyday, 'the guest is at EL0'];
    if (saves < 200) return;
    for (const name of wanted) expect(seen, name).toContain(name);
  });

  it('goes back and forth among 50 counts in place', { timeout: 300_000 }, () =>
    compareInPlace(guest, placesIn(reference(guest).lines, 50)),
  );
});

// Turns end while exceptions, interrupts and exclusive accesses are under way.
describe.each(kinds)('several vCPUs, $arch on $cpu', (kind) => {
  const guest = smp(kind, { vcpus: 3, turnCounts: 700, scheduleSeed: 5n });
  const places = placesIn(reference(guest).lines, 20);

  it('are saved at 20 counts and run on', { timeout: 120_000 }, () => void compare(guest, places));
  it('go back and forth in place', { timeout: 120_000 }, () => compareInPlace(guest, places));
});

it.each([
  ['a held monitor', exclusives, ['a monitor is held']],
  ['a software step', steps, ['a step is armed', 'a step is due', 'the guest is at EL0']],
] as const)('%s, saved at every count', (_what, guest, names) => {
  const { end } = reference(guest);
  const places = Array.from({ length: Math.min(end.at, 200) }, (_, n) => n);
  const seen = compare(guest, places);
  compareInPlace(guest, places);
  for (const name of names) expect(seen, name).toContain(name);
});
