// A driver that writes anything to configuration space and BARs gets nothing but a device that does not work, and a state that can be saved.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreParts, saveParts } from '../../src/base/stateful.ts';
import { Block } from '../../src/devices/virtio/block.ts';
import { blockHeader, FakeStore } from '../../src/devices/virtio/driver.fixture.ts';
import { PciDriver, WINDOW } from '../../src/devices/virtio/pci-driver.fixture.ts';

const driver = () => new PciDriver(new Block(new FakeStore(64 * 512), 'serial', { requestNs: 1000, kibNs: 0 }));
const partsOf = (one: PciDriver) => [one.device, one.transport, ...one.bus.functions];

const bytes = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);
const value = fc.oneof(
  fc.nat(0xffff_ffff),
  fc.constantFrom(0, 1, 4, 0xf, 0x406, 0x8000, 0xc000, 0xffff_ffff, WINDOW.base, WINDOW.base + WINDOW.size - 0x1000),
);
const action = fc.oneof(
  fc.record({ what: fc.constant('config' as const), at: fc.oneof(fc.nat(0xff), fc.nat(0x1f_ffff)), bytes, value }),
  fc.record({ what: fc.constant('function' as const), at: fc.nat(0x11f), bytes, value }),
  fc.record({ what: fc.constant('bar' as const), at: fc.oneof(fc.nat(0x40), fc.nat(0x7fff)), bytes, value }),
  fc.record({ what: fc.constant('window' as const), at: fc.nat(WINDOW.size - 8), bytes, value }),
  fc.record({ what: fc.constant('request' as const), at: fc.nat(80), bytes, value: fc.nat(3000) }),
  fc.record({ what: fc.constant('start' as const), at: fc.constant(0), bytes, value: fc.constant(0) }),
);

test('a hostile driver by PCI: nothing is thrown, and what it leaves saves as it was restored', () => {
  const run = (actions: readonly (typeof action extends fc.Arbitrary<infer T> ? T : never)[]): void => {
    const one = driver();
    for (const { what, at, bytes: size, value: to } of actions) {
      const before = one.pins.length + one.messages.length;
      if (what === 'config' || what === 'function') {
        const place = what === 'config' ? at : 0x8000 + at;
        one.ecam.read(place, size, 0);
        one.ecam.write(place, size, BigInt(to), 0);
      } else if (what === 'bar' || what === 'window') {
        const place = what === 'bar' ? one.config(at & 1 ? 0x14 : 0x10) - WINDOW.base + at : at;
        if (place >= 0 && place + size <= WINDOW.size) {
          one.window.read(place, size, 0);
          one.window.write(place, size, BigInt(to), 0);
        }
      } else if (one.config(0x10) >= WINDOW.base && one.config(0x10) + 0x4000 <= WINDOW.base + WINDOW.size) {
        if (what === 'start') one.start();
        else one.send([blockHeader(0, BigInt(at)), 512, 1]);
        one.kick();
        one.pass(to);
      }
      expect(one.pins.length + one.messages.length - before).toBeLessThanOrEqual(20);
      const [, function1] = one.bus.functions;
      expect(one.pins.at(-1) === 'B true').toBe(function1?.asserts);
      const saved = saveParts(partsOf(one));
      const two = driver();
      restoreParts(partsOf(two), saved);
      expect(saveParts(partsOf(two))).toEqual(saved);
    }
  };
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => run(actions)),
    { numRuns: 100 },
  );
});
