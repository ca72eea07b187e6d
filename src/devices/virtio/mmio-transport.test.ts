import { describe, expect, test } from 'vitest';
import type { PlainMap } from '../../base/plain.ts';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { Block } from './block.ts';
import { blockHeader, Driver, FakeStore, FEATURES, RAM } from './driver.fixture.ts';
import { Entropy } from './entropy.ts';
import { REGISTER, type Transport } from './registers.ts';

const LATENCY = { requestNs: 1000, kibNs: 0 };
const disk = (store = new FakeStore(64 * 512)) => new Block(store, 'serial', LATENCY);
const driver = (options: { transport?: Transport; num?: number } = {}) => new Driver(disk(), options);
const READ_ONE = (sector = 0n) => [blockHeader(0, sector), 512, 1];

describe('registers', () => {
  test('say what is there', () => {
    const one = driver();
    expect([one.get('MagicValue'), one.get('Version'), one.get('DeviceID')]).toEqual([0x7472_6976, 2, 2]);
    expect(driver({ transport: 1 }).get('Version')).toBe(1);
    one.put('QueueSel', 0);
    expect(one.get('QueueNumMax')).toBe(256);
    one.put('QueueSel', 1);
    expect([one.get('QueueNumMax'), one.get('QueueReady')]).toEqual([0, 0]);
    expect([one.get('SHMLenLow'), one.get('SHMBaseHigh')]).toEqual([0xffff_ffff, 0xffff_ffff]);
    expect(one.mmio.registerName(0x50)).toBe('QueueNotify');
    expect(one.mmio.registerName(0x108)).toBe('Config');
  });

  test('are 32 bits wide; the configuration has fields of all widths', () => {
    const { mmio } = driver();
    for (const size of [1, 2, 8] as const) expect(mmio.read(0, size)).toBe(0n);
    expect(mmio.read(2, 4)).toBe(0n);
    mmio.write(REGISTER.Status, 1, 1n, 0);
    expect(mmio.read(REGISTER.Status, 4)).toBe(0n);
    expect(mmio.read(REGISTER.Config, 8)).toBe(64n);
    expect(mmio.read(REGISTER.Config, 1)).toBe(64n);
    expect(mmio.read(REGISTER.Config + 20, 4)).toBe(512n);
    expect(mmio.read(0x1fc, 4)).toBe(0n);
  });

  test('of the modern transport are not those of the legacy one', () => {
    const [modern, legacy] = [driver().start(), driver({ transport: 1 }).start(0n)];
    expect([modern.get('QueuePFN'), modern.get('QueueReady')]).toEqual([0, 1]);
    expect([legacy.get('QueuePFN'), legacy.get('QueueReady')]).toEqual([0x4_0001, 0]);
  });
});

describe('features', () => {
  test('are accepted where they are on offer, with VERSION_1', () => {
    const status = (wanted: bigint) => driver().negotiate(wanted);
    expect(status(FEATURES.version1)).toBe(11);
    expect(status(FEATURES.version1 | FEATURES.indirect | FEATURES.eventIndex | (1n << 9n))).toBe(11);
    expect(status(0n)).toBe(3);
    expect(status(FEATURES.version1 | (1n << 33n))).toBe(3);
    expect(status(FEATURES.version1 | (1n << 5n))).toBe(3);
  });

  test('are settled then, up to a reset', () => {
    const one = driver();
    one.negotiate(FEATURES.version1);
    one.put('DriverFeaturesSel', 0);
    one.put('DriverFeatures', 0xffff_ffff);
    expect(one.device.state.driverFeatures).toBe(FEATURES.version1);
    one.put('Status', 0);
    expect([one.get('Status'), one.device.state.driverFeatures]).toEqual([0, 0n]);
  });

  test('the legacy transport has 32 of them, and nothing to accept', () => {
    const one = driver({ transport: 1 });
    one.put('DeviceFeaturesSel', 1);
    expect(one.get('DeviceFeatures')).toBe(0);
    one.put('Status', 15);
    expect(one.get('Status')).toBe(7);
  });
});

describe.each([
  { transport: 2, wanted: FEATURES.version1 },
  { transport: 2, wanted: FEATURES.version1 | FEATURES.indirect },
  { transport: 2, wanted: FEATURES.version1 | FEATURES.eventIndex },
  { transport: 2, wanted: FEATURES.version1 | FEATURES.indirect | FEATURES.eventIndex },
  { transport: 1, wanted: 0n },
  { transport: 1, wanted: FEATURES.indirect | FEATURES.eventIndex },
] as const)('a queue of %o', ({ transport, wanted }) => {
  const started = (num = 8) => driver({ transport, num }).start(wanted);

  test('a request is carried out in its kick, and given back when its time has come', () => {
    const one = started();
    const { head, at } = one.send(READ_ONE(3n));
    one.kick(5);
    expect(one.told).toEqual(['kick 0 of 5', `request ${head} read 3 512`]);
    expect([one.usedIndex, one.levels, one.device.nextDeadline()]).toEqual([0, [], 1000]);
    one.pass(999);
    expect([one.usedIndex, one.levels]).toEqual([0, []]);
    one.pass(1);
    expect([one.takeUsed(), one.levels, one.get('InterruptStatus')]).toEqual([[{ head, written: 513 }], [true], 1]);
    expect(one.bytesAt(at[1] as number, 512)).toEqual(new FakeStore(64 * 512).data.slice(3 * 512, 4 * 512));
    expect(one.told.at(-1)).toBe(`complete ${head} 0 513 1000`);
    one.put('InterruptACK', 1);
    expect([one.get('InterruptStatus'), one.levels]).toEqual([0, [true, false]]);
  });

  test('requests are given back in their order, and the line is up as long as one is not acknowledged', () => {
    const one = started();
    const heads = [one.send(READ_ONE(1n)), one.send(READ_ONE(2n))].map((sent) => sent.head);
    one.kick();
    one.pass(1000);
    expect(one.takeUsed().map(({ head }) => head)).toEqual([heads[0]]);
    if ((wanted & FEATURES.eventIndex) !== 0n) one.view.setUint16(one.availAt + 4 + 2 * one.num, 1, true);
    one.pass(1000);
    expect(one.takeUsed().map(({ head }) => head)).toEqual([heads[1]]);
    expect(one.levels).toEqual([true]);
    one.put('InterruptACK', 2);
    expect(one.levels).toEqual([true]);
    one.put('InterruptACK', 1);
    expect(one.levels).toEqual([true, false]);
  });

  test('goes round, past the last index too', () => {
    const one = started(4);
    one.skipTo(0xfffa);
    for (let i = 0; i < 16; i++) {
      const { head } = one.send([blockHeader(4, 0n), 1]);
      one.kick();
      one.pass(1000);
      expect(one.takeUsed()).toEqual([{ head, written: 1 }]);
    }
    expect(one.usedIndex).toBe(10);
  });

  test('a saved state goes on in the midst of requests', () => {
    const one = started();
    one.send(READ_ONE(1n));
    one.send(READ_ONE(2n));
    one.kick();
    one.pass(1500);
    const two = driver({ transport });
    two.memory.bytes.set(one.memory.bytes);
    two.now = one.now;
    restoreParts([two.device], saveParts([one.device]));
    expect([two.levels, two.told]).toEqual([[], []]);
    for (const each of [one, two]) each.pass(1000);
    expect(saveParts([two.device])).toEqual(saveParts([one.device]));
    expect(two.usedIndex).toBe(2);
    expect(Buffer.compare(two.memory.bytes, one.memory.bytes)).toBe(0);
  });

  test('a reset forgets what is under way', () => {
    const one = started();
    one.send(READ_ONE());
    one.kick();
    one.pass(1000);
    one.send(READ_ONE());
    one.kick();
    one.put('Status', 0);
    expect([one.levels, one.device.nextDeadline(), one.get('InterruptStatus')]).toEqual([[true, false], undefined, 0]);
    one.pass(5000);
    expect(one.usedIndex).toBe(1);
    one.start(wanted);
    one.send(READ_ONE());
    one.kick();
    one.pass(1000);
    expect(one.takeUsed()).toHaveLength(1);
  });
});

test('a legacy driver says the size of its pages before it resets the device, as Linux does', () => {
  const one = driver({ transport: 1 });
  one.put('GuestPageSize', 4096);
  one.put('Status', 0);
  one.put('QueueNum', 8);
  one.put('QueueAlign', 4096);
  one.put('QueuePFN', 0x4_0001);
  expect(one.device.state.queues[0]).toMatchObject({ ready: true, descriptors: 0x4000_1000n, device: 0x4000_2000n });
});

describe('notifications', () => {
  test('a driver that wants no interrupt gets none', () => {
    const one = driver().start();
    one.view.setUint16(one.availAt, 1, true);
    one.send(READ_ONE());
    one.kick();
    one.pass(1000);
    expect([one.usedIndex, one.levels]).toEqual([1, []]);
  });

  test('with event indices the driver says behind which entry it wants one, the device behind which kick', () => {
    const one = driver().start(FEATURES.version1 | FEATURES.eventIndex);
    const availEvent = () => one.view.getUint16(one.usedAt + 4 + 8 * one.num, true);
    one.view.setUint16(one.availAt + 4 + 2 * one.num, 1, true);
    one.send([blockHeader(4, 0n), 1]);
    one.send([blockHeader(4, 0n), 1]);
    one.kick();
    expect(availEvent()).toBe(2);
    one.pass(1000);
    expect(one.levels).toEqual([]);
    one.pass(1000);
    expect(one.levels).toEqual([true]);
  });

  test('before the driver is ready nothing is taken; a legacy driver needs not say so', () => {
    const modern = driver();
    modern.negotiate(FEATURES.version1);
    modern.setUpQueue();
    modern.send(READ_ONE());
    modern.kick();
    expect(modern.device.nextDeadline()).toBeUndefined();
    const legacy = driver({ transport: 1 });
    legacy.setUpQueue();
    legacy.send(READ_ONE());
    legacy.kick();
    expect(legacy.device.nextDeadline()).toBe(1000);
  });

  test('a change of the configuration has a generation and an interrupt of its own', () => {
    const one = driver().start();
    one.device.configChanged();
    expect([one.get('ConfigGeneration'), one.get('InterruptStatus'), one.levels]).toEqual([1, 2, [true]]);
    const early = driver();
    early.device.configChanged();
    expect([early.get('ConfigGeneration'), early.levels]).toEqual([1, []]);
  });
});

/** What a driver must not do, each with a device that works. */
const wrongs: Record<string, (one: Driver) => void> = {
  'a chain that goes round': (one) => {
    one.descriptor(0, RAM.base, 16, 1, 1);
    one.descriptor(1, RAM.base, 16, 1, 0);
    one.offer(0);
  },
  'a head beyond the table': (one) => one.offer(8),
  'a next beyond the table': (one) => {
    one.descriptor(0, RAM.base, 16, 1, 8);
    one.offer(0);
  },
  'a buffer that is no memory': (one) => {
    one.descriptor(0, RAM.base + BigInt(RAM.bytes) - 8n, 16, 0);
    one.offer(0);
  },
  'a buffer that wraps': (one) => {
    one.descriptor(0, (1n << 64n) - 8n, 0xffff_ffff, 0);
    one.offer(0);
  },
  'a buffer to read behind one to write': (one) => {
    one.descriptor(0, RAM.base, 16, 3, 1);
    one.descriptor(1, RAM.base, 16, 0);
    one.offer(0);
  },
  'an indirect table within another': (one) => {
    one.descriptor(0, RAM.base + 0x8000n, 32, 4);
    one.descriptor(0, RAM.base + 0x9000n, 16, 4, 0, 0x8000);
    one.offer(0);
  },
  'an indirect table with a next': (one) => {
    one.descriptor(0, RAM.base + 0x8000n, 16, 5, 1);
    one.offer(0);
  },
  'an indirect table of no length': (one) => {
    one.descriptor(0, RAM.base + 0x8000n, 0, 4);
    one.offer(0);
  },
  'an indirect table of part of a descriptor': (one) => {
    one.descriptor(0, RAM.base + 0x8000n, 24, 4);
    one.offer(0);
  },
  'an indirect table of a size that no memory has': (one) => {
    one.descriptor(0, RAM.base + 0x8000n, 0xffff_fff0, 4);
    one.offer(0);
  },
  'more available than there is': (one) => one.view.setUint16(one.availAt + 2, 9, true),
  'a request without a status': (one) => void one.send([blockHeader(0, 0n)], false),
  'a request with half a header': (one) => void one.send([new Uint8Array(8), 513], false),
};
test.each(Object.entries(wrongs))('%s stops the device up to a reset', (_, doWrong) => {
  const one = driver().start(FEATURES.version1 | FEATURES.indirect);
  doWrong(one);
  one.kick();
  expect([one.get('Status'), one.get('InterruptStatus'), one.levels]).toEqual([79, 2, [true]]);
  one.pass(10_000);
  expect(one.usedIndex).toBe(0);
  one.put('InterruptACK', 2);
  one.start();
  const { head } = one.send(READ_ONE());
  one.kick();
  one.pass(1000);
  expect(one.takeUsed()).toEqual([{ head, written: 513 }]);
});

test('indirect tables that were not negotiated stop it too; a legacy driver is told nothing', () => {
  const one = driver({ transport: 1 }).start(0n);
  one.send(READ_ONE(), true);
  one.kick();
  expect([one.device.state.isBroken, one.get('Status'), one.levels]).toEqual([true, 7, []]);
});

test('queues that cannot be stop it: sizes, places, rings that are no memory', () => {
  const status = (set: (one: Driver) => void) => {
    const one = driver();
    one.negotiate(FEATURES.version1);
    one.put('QueueSel', 0);
    one.put('QueueNum', 8);
    set(one);
    one.put('QueueReady', 1);
    one.put('Status', 15);
    one.kick();
    return one.get('Status');
  };
  for (const num of [0, 3, 512, 0x1_0000]) expect(status((one) => one.put('QueueNum', num))).toBe(79);
  expect(status((one) => one.put('QueueDescLow', 8))).toBe(79);
  expect(status((one) => one.put('QueueDeviceLow', 2))).toBe(79);
  expect(status((one) => one.put('QueueDriverHigh', 0xffff_ffff))).toBe(79);
});

test('a queue in use keeps its size and places; one that is stopped gives nothing back', () => {
  const one = driver().start();
  one.put('QueueNum', 4);
  one.put('QueueDescLow', 0);
  one.send(READ_ONE());
  one.kick();
  one.put('QueueReady', 0);
  expect([one.get('QueueReady'), one.device.nextDeadline()]).toEqual([0, undefined]);
  one.kick();
  one.pass(5000);
  expect([one.usedIndex, one.get('Status')]).toEqual([0, 15]);
});

test('a driver that makes one chain available for ever has no more in flight than its queue', () => {
  const one = driver({ num: 4 }).start();
  const { head } = one.send(READ_ONE(), false);
  for (let i = 0; i < 40; i++) {
    one.view.setUint16(one.availAt + 2, 4 * i + 4, true);
    for (let j = 0; j < 4; j++) one.view.setUint16(one.availAt + 4 + 2 * j, head, true);
    one.kick();
    expect(one.device.state.inFlight.length).toBeLessThanOrEqual(4);
  }
});

test('entropy follows from the seed and what was drawn, saved states included', () => {
  const draw = (one: Driver, bytes: number): Uint8Array => {
    const { at } = one.send([bytes]);
    one.kick();
    one.pass(100_000);
    return one.bytesAt(at[0] as number, bytes);
  };
  const [a, b, c] = [new Entropy(5n), new Entropy(5n), new Entropy(6n)];
  const [first, second, other] = [a, b, c].map((each) => new Driver(each).start()) as [Driver, Driver, Driver];
  const got = draw(first, 100);
  expect(draw(second, 100)).toEqual(got);
  expect(draw(other, 100)).not.toEqual(got);
  expect(draw(first, 100)).not.toEqual(got);
  restoreParts([b], saveParts([a]));
  expect(draw(second, 40)).toEqual(draw(first, 40));
  expect(first.takeUsed().map(({ written }) => written)).toEqual([100, 100, 40]);
});

test('a forged state is refused', () => {
  const one = driver().start();
  one.send(READ_ONE());
  one.kick();
  const [saved] = saveParts([one.device]);
  const forged: PlainMap[] = [
    { status: 16 },
    { interruptStatus: 4 },
    { line: true },
    { queues: [] },
    { inFlight: [{ queue: 1, head: 0, written: 0, status: 0, bytes: 0, since: 0n, due: 1n }] },
    { inFlight: [{ queue: 0, head: 0, written: 0, status: 0, bytes: 0, since: 5n, due: 5n }] },
  ];
  for (const change of forged) {
    const state = { ...(saved?.state as PlainMap), ...change };
    expect(() => restoreParts([one.device], [{ ...saved, state } as PlainMap])).toThrow(/saved state: field/);
  }
});
