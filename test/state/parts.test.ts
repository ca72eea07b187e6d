// What every part of a machine holds to: it saves as it was restored, and takes nothing that it could not have saved itself.

import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { firstDifference, type Plain, type PlainMap } from '../../src/base/plain.ts';
import { restoreParts, type SavedPart, type Stateful, saveParts } from '../../src/base/stateful.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { MemoryImage } from '../../src/machine/memory-image.ts';
import { portChannel, SIZE_CHANNEL } from '../../src/machine/ports-config.ts';
import { pack, unpack } from '../../src/trace/codec/msgpack.ts';
import { instead, placesOf, runForged, withPart } from './forged.fixture.ts';
import { build, demo, type Guest, kinds, pci, ports, runTo, smp } from './moments.fixture.ts';

/** In the midst of the demo: interrupts, timers and input are under way. */
const BUSY = 210_000;
function busy(guest: Guest): Machine {
  const told = build(guest);
  runTo(guest, told, guest.config.vcpus === 1 ? BUSY : BUSY_SMP);
  if (guest.config.console) offerTo(told.machine);
  return told.machine;
}
/** Input for the console and a port, a size, and a message about it that waits for its time. */
function offerTo(machine: Machine): void {
  for (const name of ['hvc0', 'org.test.0']) machine.door.offer(portChannel(name), Buffer.from('typed'));
  machine.run(GIVING);
  machine.door.offer(SIZE_CHANNEL, Uint8Array.of(100, 0, 40, 0));
}
/** What was given for them is under way. */
const GIVING = BUSY + 100;
/** Of several vCPUs: they take locks of each other. */
const BUSY_SMP = 20_000;
const [arm64, armv7] = kinds as [(typeof kinds)[number], (typeof kinds)[number]];
const two = smp(arm64, { vcpus: 2, turnCounts: 700, scheduleSeed: 5n });
/** What only machines of several vCPUs have; the rest is as in the others, and `cpu1` as `cpu` is. */
const ofTwo = ['schedule', 'loaded-pe', 'vm', 'vtimer', 'list-registers1'];

/** And of a virtio console. */
const ofPorts = ['virtio-console-0', 'virtio-console', 'console-ports'];
/** And of PCI. */
const ofPci = ['pci-0', 'pci-1', 'virtio-console-0-pci'];
/** These depend on no other parts, so that trying them takes those alone. */
const isTriedAlone = (only: readonly string[] | undefined): boolean => only === ofPorts || only === ofPci;

// The third kind has the parts of the second.
describe.each([
  { what: 'arm64', guest: demo(arm64), only: undefined },
  { what: 'armv7', guest: demo(armv7), only: undefined },
  { what: 'two vCPUs', guest: two, only: ofTwo },
  { what: 'a virtio console', guest: ports(arm64), only: ofPorts },
  { what: 'PCI', guest: pci, only: ofPci },
])('of $what', ({ guest, only }) => {
  const partsOf = ({ parts }: Machine) => (isTriedAlone(only) ? parts.filter((p) => only?.includes(p.name)) : parts);
  const saved = saveParts(partsOf(busy(guest)));
  const names = saved.map(({ name }) => name);
  const tried = names.map((name, i) => [name, i] as const).filter(([name]) => only?.includes(name) !== false);
  const { machine } = build(guest);
  /** Restores, or gives the one line that says why not. A restore replaces all that the one before has left. */
  const refusalOf = (parts: Plain): string | undefined => {
    try {
      restoreParts(partsOf(machine), parts);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error.message;
    }
    return undefined;
  };
  const attempt = (parts: Plain): readonly SavedPart[] | string => refusalOf(parts) ?? saveParts(partsOf(machine));

  it('has parts of its own names, and every device among them', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const name of [
      'cpu',
      'clock',
      'vm',
      'stage2',
      'vgic',
      'vtimer',
      'list-registers0',
      'pl011',
      'pl031',
      'console',
    ].filter((one) => !isTriedAlone(only) || only?.includes(one)))
      expect(names).toContain(name);
  });

  it('saves as it was restored, also by way of msgpack', () => {
    expect(firstDifference(attempt(saved), saved)).toBe(undefined);
    const unpacked = unpack(pack(saved), 1e6) as Plain;
    expect(firstDifference(unpacked, saved)).toBe(undefined);
    expect(firstDifference(attempt(unpacked), saved)).toBe(undefined);
  });

  it('shares nothing with what it was restored from', () => {
    const copy = structuredClone(saved);
    const told = build(guest);
    restoreParts(partsOf(told.machine), saved);
    const again = saveParts(partsOf(told.machine));
    told.machine.input(Buffer.from('more'));
    expect(firstDifference(saved, copy)).toBe(undefined);
    expect(firstDifference(again, copy)).toBe(undefined);
  });

  it.each(tried)('%s: of another version, name or shape it is refused', (name, i) => {
    const part = saved[i] as SavedPart;
    for (const version of [0, part.version + 1, -1, 1.5, '1', null, {}])
      expect(attempt(withPart(saved, i, { ...part, version } as PlainMap))).toContain(name);
    for (const wrong of [{ ...part, name: 'other' }, { ...part, more: 1 }, { ...part, state: [] }, null, [], 1])
      expect(attempt(withPart(saved, i, wrong))).toContain('saved state: ');
    expect(attempt(saved.filter((_, n) => n !== i))).toContain(`${saved.length} parts`);
  });

  it.each(tried)('%s: a field that was changed is refused, or is saved', (name, i) => {
    const part = saved[i] as SavedPart;
    let refused = 0;
    for (const [n, place] of placesOf(part.state).entries()) {
      for (const value of instead(place.value, n)) {
        const state = place.with(value) as PlainMap;
        if (firstDifference(state, part.state) === undefined) continue;
        const refusal = refusalOf(withPart(saved, i, { ...part, state }));
        if (refusal === undefined) {
          const after = partsOf(machine)[i]?.save();
          expect(firstDifference(after, state), `${name} ${place.name} ${String(value)}`).toBe(undefined);
        } else {
          expect(refusal, `${name} ${place.name}`).toMatch(/^saved state: field .+; restore from another checkpoint$/);
          refused++;
        }
      }
    }
    if (Object.keys(part.state).length > 0) expect(refused).toBeGreaterThan(1);
  });
});

describe.each([
  { what: 'one vCPU', guest: demo(arm64) },
  { what: 'two', guest: two },
])('whole states of $what', ({ guest }) => {
  const saved = busy(guest).saveAll();
  const refusal = (state: unknown): string => {
    try {
      build(guest).machine.restoreAll(state as never);
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
    return 'restored';
  };

  it('are another machine’s where its memory has another size', () => {
    expect(refusal({ ...saved, memory: MemoryImage.zero(17) })).toMatch(
      /^saved state: 17 pages of memory, this machine/,
    );
    expect(refusal(saved)).toBe('restored');
  });

  it('that were forged and taken run without a fault of our own', () => {
    const outcomes = runForged(guest, saved, 6n, 150);
    expect(outcomes.get('refused')).toBeGreaterThan(10);
    expect(outcomes.get('count')).toBeGreaterThan(10);
  });
});

it('an older part is brought up, or says that it is too old', () => {
  const state = { b: 0 };
  const part: Stateful = {
    name: 'p',
    version: 2,
    save: () => ({ ...state }),
    restore: (from) => void Object.assign(state, from),
    upgrade: (from) => ({ b: Number(from.a) * 2 }),
  };
  restoreParts([part], [{ name: 'p', version: 1, state: { a: 4 } }]);
  expect(state.b).toBe(8);
  const { upgrade: _upgrade, ...old } = part;
  expect(() => restoreParts([old], [{ name: 'p', version: 1, state: { a: 4 } }])).toThrow('no longer reads');
});
