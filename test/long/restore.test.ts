// Debian's kernels, saved at fifty places of their boot and restored, into fresh machines and in place, run on as if they had never stopped;
// and the demos, from each of two hundred places to their end.
import { describe, expect, it } from 'vitest';
import { type MachineConfig, RTC_EPOCH_DEFAULT } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { build, demo, type Guest, kinds, runTo, type Told } from '../state/moments.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

const PLACES = 50;
/** Every so many places a fresh machine is made. */
const FRESH = 3;
const STRETCH = 10_000_000;
/** Places are so far apart: a boot takes some two thousand million counts. */
const APART = 36_000_000;
const END = 1e11;

/** Runs on from where both are, and compares what they tell and what they have become. */
function compare(guest: Guest, original: Told, restored: Told, until: number, where: string): void {
  for (const told of [original, restored]) told.events.lines.length = 0;
  const ended = [original, restored].map((told) => runTo(guest, told, until));
  const first = original.events.lines.findIndex((line, i) => restored.events.lines[i] !== line);
  expect(restored.events.lines[first], `${where}, event ${first}`).toBe(original.events.lines[first]);
  expect(restored.events.lines.length, where).toBe(original.events.lines.length);
  expect([ended[1], restored.machine.icount], where).toEqual([ended[0], original.machine.icount]);
  expect(restored.machine.stateHash(), where).toBe(original.machine.stateHash());
}
/** In place where there is a machine to take; else a fresh one. */
function restoredFrom(guest: Guest, original: Told, restored = build(guest)): Told {
  restored.machine.restoreAll(original.machine.saveAll());
  return restored;
}

describe.each(['debian-arm64-cloud', 'debian-armv7'] as const)('%s', (name) => {
  it(`is restored at ${PLACES} places and runs on`, (context) => {
    const { arch, kernel, initrd, append } = fetched(context, name);
    const config: MachineConfig = {
      arch,
      board: 'virt',
      memoryBytes: 512 * 2 ** 20,
      vcpus: 1,
      gicVersion: arch === 'arm64' ? 3 : 2,
      append,
      entropySeed: 1n,
      rtcEpochSeconds: RTC_EPOCH_DEFAULT,
      timerPolicy: 'direct',
    };
    const guest: Guest = { config, images: MachineImages.read({ kernel, initrd }), typed: [] };
    const original = build(guest);
    let restored: Told | undefined;
    for (let n = 1; n <= PLACES; n++) {
      if (!runTo(guest, original, n * APART)) break;
      restored = restoredFrom(guest, original, n % FRESH === 1 ? undefined : restored);
      const until = n === PLACES ? END : n * APART + STRETCH;
      compare(guest, original, restored, until, `from ${n * APART}`);
    }
    if (original.machine.icount < END) runTo(guest, original, END);
    expect(original.console.text).toContain('Power down');
  });
});

it.each(kinds)('a demo on %o, from 200 places to its end', (kind) => {
  const guest = demo(kind);
  const whole = build(guest);
  runTo(guest, whole, END);
  const end = whole.machine.end('end', '');
  const original = build(guest);
  let last = -1;
  for (let n = 1; n <= 200; n++) {
    // Most is done before the prompt, where only time passes.
    const place = n <= 180 ? n * 160_001 : 28_800_180 + (n - 180) * 4_000_000;
    if (!runTo(guest, original, place, last)) break;
    const restored = restoredFrom(guest, original);
    restored.events.lines.length = 0;
    runTo(guest, restored, END, place);
    expect(restored.machine.end('end', ''), `from ${place}`).toEqual(end);
    const told = restored.events.lines;
    expect(told, `from ${place}`).toEqual(whole.events.lines.slice(whole.events.lines.length - told.length));
    last = place;
  }
});
