import { describe, expect, test } from 'vitest';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { HEADER } from '../pci/config-space.ts';
import { Block } from './block.ts';
import { blockHeader, Driver, FakeStore, FEATURES } from './driver.fixture.ts';
import { PciDriver, WINDOW } from './pci-driver.fixture.ts';

const driver = () => new PciDriver(new Block(new FakeStore(64 * 512), 'serial', { requestNs: 1000, kibNs: 0 }));
const READ_ONE = (sector = 0n) => [blockHeader(0, sector), 512, 1];
const partsOf = (one: PciDriver) => [one.device, one.transport, ...one.bus.functions];
const ENABLE = 0x8000;
const FUNCTION_MASK = 0x4000;
/** A message for each vector, unmasked. */
function messages(one: PciDriver): PciDriver {
  for (const vector of [0, 1]) {
    one.setBar(1, 16 * vector, 0x2f00_0040);
    one.setBar(1, 16 * vector + 8, 256 + vector);
    one.setBar(1, 16 * vector + 12, 0);
  }
  one.setConfig(one.control, ENABLE, 2);
  return one;
}
function vectors(one: PciDriver, config: number, queue: number): PciDriver {
  one.setBar(0, 0x10, config, 2);
  one.put('QueueSel', 0);
  one.setBar(0, 0x1a, queue, 2);
  return one;
}

describe('a virtio disk by PCI', () => {
  test('says what it is, and where its structures are', () => {
    const one = driver();
    expect([one.config(0, 2), one.config(2, 2), one.config(HEADER.RevisionID)]).toEqual([0x1af4, 0x1042, 0x0100_0001]);
    expect([one.config(HEADER.SubsystemVendorID, 2), one.config(HEADER.InterruptPin, 1)]).toEqual([0x1af4, 1]);
    const found: string[] = [];
    for (let at = one.config(HEADER.CapabilitiesPointer, 1); at !== 0; at = one.config(at + 1, 1)) {
      const id = one.config(at, 1);
      if (id === 0x11) found.push(`msix ${one.config(at + 2, 2)} ${one.config(at + 4)} ${one.config(at + 8)}`);
      else
        found.push(
          [id, ...[2, 3, 4].map((n) => one.config(at + n, 1)), one.config(at + 8), one.config(at + 12)].join(' '),
        );
    }
    expect(found).toEqual([
      '9 16 1 0 0 56',
      `9 20 2 0 ${0x3000} 4`,
      `9 16 3 0 ${0x1000} 1`,
      `9 16 4 0 ${0x2000} ${0x1000}`,
      '9 20 5 0 0 0',
      `msix 1 1 ${0x1001}`,
    ]);
  });

  test('has the common configuration, by the widths of its fields', () => {
    const one = driver();
    expect([one.get('QueueNumMax'), one.bar(0, 0x12, 2), one.bar(0, 0x1e, 2)]).toEqual([256, 1n, 0n]);
    one.put('QueueSel', 1);
    expect([one.get('QueueNumMax'), one.get('QueueReady'), one.bar(0, 0x1a, 2)]).toEqual([0, 0, 0xffffn]);
    one.put('QueueSel', 0);
    one.setBar(0, 0x20, 0x1122_3344_5566_7780n, 8);
    expect([one.bar(0, 0x20, 8), one.bar(0, 0x24, 2)]).toEqual([0x1122_3344_5566_7780n, 0x3344n]);
    one.setBar(0, 0x14, 0x0101, 2);
    expect(one.get('Status')).toBe(0);
    expect([one.bar(0, 0x2000, 8), one.bar(0, 0x2014)]).toEqual([64n, 512n]);
    expect([one.bar(0, 0x38), one.bar(0, 0x3000)]).toEqual([0n, 0n]);
  });

  test('carries requests out, and shows them by its pin until the ISR status is read', () => {
    const one = driver().start();
    one.send(READ_ONE(3n));
    one.kick(2);
    expect(one.told[0]).toBe('kick 0 of 2');
    one.pass(1000);
    expect(one.takeUsed()).toEqual([{ head: 0, written: 513 }]);
    expect(one.config(HEADER.Status, 2)).toBe(0x18);
    expect(one.config(HEADER.Command) >>> 16).toBe(0x18);
    expect([one.get('InterruptStatus'), one.get('InterruptStatus')]).toEqual([1, 0]);
    expect([one.pins, one.messages]).toEqual([['B true', 'B false'], []]);
    expect(one.config(HEADER.Status, 2)).toBe(0x10);
  });

  test('a queue that was told no size has the largest', () => {
    const one = driver();
    one.negotiate(FEATURES.version1);
    one.put('QueueSel', 0);
    one.put('QueueReady', 0);
    expect(one.get('QueueReady')).toBe(0);
    one.put('QueueReady', 1);
    expect([one.get('QueueReady'), one.device.state.queues[0]?.num]).toEqual([1, 256]);
  });

  test('takes what is in a queue before its driver is ready, which by MMIO it does not', () => {
    const early = (one: Driver): number => {
      one.negotiate(FEATURES.version1);
      one.setUpQueue();
      one.send(READ_ONE());
      one.kick();
      one.pass(1000);
      return one.takeUsed().length;
    };
    const disk = new Block(new FakeStore(512), 'serial', { requestNs: 1000, kibNs: 0 });
    expect([early(driver()), early(new Driver(disk))]).toEqual([1, 0]);
  });

  test('sends messages instead, by the vectors that it was given', () => {
    const one = vectors(messages(driver()).start(), 0, 1);
    one.send(READ_ONE());
    one.kick();
    one.pass(1000);
    one.device.configChanged();
    expect([one.messages, one.pins]).toEqual([['2f000040 257', '2f000040 256'], []]);
    expect(one.get('InterruptStatus')).toBe(3);
  });

  test('has no vectors after a reset, and takes none that it does not have', () => {
    const one = messages(driver());
    vectors(one, 2, 1);
    expect([one.bar(0, 0x10, 2), one.bar(0, 0x1a, 2)]).toEqual([0xffffn, 1n]);
    one.put('Status', 0);
    expect(one.bar(0, 0x1a, 2)).toBe(0xffffn);
    vectors(one.start(), 0xffff, 0xffff);
    one.send(READ_ONE());
    one.kick();
    one.pass(1000);
    expect([one.messages, one.pins]).toEqual([[], []]);
  });

  test('a masked message waits, for its entry and for its function', () => {
    const one = vectors(messages(driver()).start(), 0, 1);
    const request = (): void => {
      one.send(READ_ONE());
      one.kick();
      one.pass(1000);
    };
    one.setBar(1, 16 + 12, 1);
    request();
    request();
    expect([one.messages, one.bar(1, 0x1000)]).toEqual([[], 2n]);
    one.setBar(1, 16 + 12, 0);
    expect([one.messages, one.bar(1, 0x1000)]).toEqual([['2f000040 257'], 0n]);
    one.setConfig(one.control, ENABLE | FUNCTION_MASK, 2);
    request();
    expect(one.messages).toHaveLength(1);
    one.setConfig(one.control, ENABLE, 2);
    expect(one.messages).toHaveLength(2);
  });

  test('its pin is not asserted while messages are on, or it is turned off', () => {
    const one = driver().start();
    one.send(READ_ONE());
    one.kick();
    one.setConfig(HEADER.Command, 0x406, 2);
    one.pass(1000);
    expect(one.pins).toEqual([]);
    one.setConfig(HEADER.Command, 0x006, 2);
    one.setConfig(one.control, ENABLE, 2);
    one.setConfig(one.control, 0, 2);
    expect(one.pins).toEqual(['B true', 'B false', 'B true']);
  });

  test('is reached by way of configuration space too, and by that alone where the window is on something', () => {
    const one = driver();
    const at = one.bus.functions[1]?.config.at('virtio PCI access') ?? 0;
    const access = (bar: number, offset: number, length: number): void => {
      one.setConfig(at + 4, bar, 1);
      one.setConfig(at + 8, offset);
      one.setConfig(at + 12, length);
    };
    access(0, 0x2000, 4);
    expect([one.config(at + 12), one.config(at + 16)]).toEqual([4, 64]);
    access(0, 0x14, 1);
    one.setConfig(at + 16, 0xff01);
    expect([one.get('Status'), one.config(at + 16)]).toEqual([1, 1]);
    access(1, 16 + 12, 4);
    expect(one.config(at + 16)).toBe(1);
    for (const [bar, offset, length] of [
      [2, 0, 4],
      [0, 0x4000, 4],
      [0, 0x3ffe, 4],
      [0, 0xffff_fffc, 4],
      [0, 0, 3],
      [0, 1, 2],
      [1, 0x2000, 1],
    ] as const) {
      access(bar, offset, length);
      one.setConfig(at + 16, 0xffff_ffff);
      expect(one.config(at + 16)).toBe(0);
    }
  });

  test('its registers have names wherever its BARs are', () => {
    const one = driver();
    one.setConfig(HEADER.BAR0, WINDOW.base + 0x8_0000);
    const name = (at: number) => one.window.nameAt?.(0x8_0000 + at);
    expect([0x14, 0x18, 0x1000, 0x2004, 0x3000, 0x3004].map(name)).toEqual([
      'virtio-blk device_status',
      'virtio-blk queue_size',
      'virtio-blk ISR',
      'virtio-blk Config',
      'virtio-blk notify0',
      'virtio-blk',
    ]);
    expect(one.ecam.nameAt?.(0x8000 + HEADER.Command)).toBe('virtio-blk Command');
    expect(one.window.nameAt?.(0x9_0000)).toBeUndefined();
  });

  test('a saved state brings everything back, and none that cannot be', () => {
    const one = vectors(messages(driver()).start(), 0, 1);
    one.setBar(1, 16 + 12, 1);
    one.send(READ_ONE());
    one.kick();
    one.pass(1000);
    const saved = saveParts(partsOf(one));
    const two = driver();
    restoreParts(partsOf(two), saved);
    expect(saveParts(partsOf(two))).toEqual(saved);
    two.setBar(1, 16 + 12, 0);
    expect([two.messages, two.pins]).toEqual([['2f000040 257'], []]);
    const forged = (part: number, state: object) =>
      saved.map((one, n) => (n === part ? { ...one, state: { ...one.state, ...state } } : one));
    const config = Uint8Array.from(saved[3]?.state.config as Uint8Array);
    config[0] = 0;
    for (const [part, state] of [
      [1, { config: 2 }],
      [1, { queues: [5] }],
      [3, { config }],
      [3, { table: [1, 0, 0, 0, 0, 0, 0, 0] }],
      [3, { table: [0, 0, 0, 2, 0, 0, 0, 0] }],
      [3, { pending: [true] }],
    ] as const)
      expect(() => restoreParts(partsOf(driver()), forged(part, state))).toThrow(/^saved state: field/);
  });
});
