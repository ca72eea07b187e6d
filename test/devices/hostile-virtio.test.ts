// A driver that writes anything anywhere gets nothing but a device that needs a reset.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreParts, saveParts } from '../../src/base/stateful.ts';
import { Block } from '../../src/devices/virtio/block.ts';
import { blockHeader, Driver, FakeStore, FEATURES, RAM } from '../../src/devices/virtio/driver.fixture.ts';
import { REGISTER, type Transport } from '../../src/devices/virtio/registers.ts';

const driver = (transport: Transport) =>
  new Driver(new Block(new FakeStore(64 * 512), 'serial', { requestNs: 1000, kibNs: 0 }), { transport });
const READ_ONE = (sector: bigint) => [blockHeader(0, sector), 512, 1];

test('a hostile driver: whatever it writes wherever, the device stays within memory, ends, and saves as it was restored', () => {
  const action = fc.oneof(
    fc.tuple(fc.constant('register' as const), fc.constantFrom(...Object.values(REGISTER)), fc.nat(0xffff_ffff)),
    fc.tuple(fc.constant('queue' as const), fc.nat(0x3000), fc.nat(0xffff_ffff)),
    fc.tuple(
      fc.constant('descriptor' as const),
      fc.nat(15),
      fc.record({
        at: fc.oneof(fc.bigInt(0n, (1n << 64n) - 1n), fc.bigInt(RAM.base, RAM.base + 0x2_0000n)),
        bytes: fc.oneof(fc.nat(64), fc.nat(0xffff_ffff)),
        flags: fc.nat(7),
        next: fc.nat(9),
      }),
    ),
    fc.tuple(fc.constant('offer' as const), fc.nat(9), fc.constant(0)),
    fc.tuple(fc.constant('kick' as const), fc.nat(3), fc.nat(2000)),
    fc.tuple(fc.constant('good' as const), fc.nat(80), fc.nat(1)),
  );
  const run = (transport: Transport, actions: readonly (readonly [string, number, unknown])[]): void => {
    const one = driver(transport).start(transport === 2 ? FEATURES.version1 | FEATURES.indirect : 0n);
    for (const [what, where, value] of actions) {
      if (what === 'register') one.device.write(where, 4, BigInt(value as number), 0);
      else if (what === 'queue') one.view.setUint32(one.descriptorsAt + where, value as number, true);
      else if (what === 'descriptor') {
        const { at, bytes, flags, next } = value as { at: bigint; bytes: number; flags: number; next: number };
        one.descriptor(where, at, bytes, flags, next);
      } else if (what === 'offer') one.offer(where);
      else if (what === 'good') one.send(READ_ONE(BigInt(where)), value === 1);
      if (what === 'kick' || what === 'good') one.kick();
      if (what === 'kick') one.pass(value as number);
      const saved = saveParts([one.device]);
      const two = driver(transport);
      restoreParts([two.device], saved);
      expect(one.levels.at(-1) ?? false).toBe(one.device.state.interruptStatus !== 0);
    }
  };
  for (const transport of [1, 2] as const)
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => run(transport, actions)),
      { numRuns: 100 },
    );
});
