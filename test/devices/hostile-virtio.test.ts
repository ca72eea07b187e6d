// A driver that writes anything anywhere gets nothing but a device that needs a reset.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreParts, type Stateful, saveParts } from '../../src/base/stateful.ts';
import { Block } from '../../src/devices/virtio/block.ts';
import { MESSAGE_QUEUE, receiveQueue, VirtioConsole } from '../../src/devices/virtio/console.ts';
import { controlMessage } from '../../src/devices/virtio/console-control.ts';
import { blockHeader, Driver, FakeStore, FEATURES, RAM } from '../../src/devices/virtio/driver.fixture.ts';
import { Net, RECEIVE } from '../../src/devices/virtio/net.ts';
import { QueuesDriver } from '../../src/devices/virtio/queues.fixture.ts';
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
      if (what === 'register') one.mmio.write(where, 4, BigInt(value as number), 0);
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

/** A device with several queues, what holds its state, and what comes to it from outside. */
interface Subject {
  readonly driver: QueuesDriver;
  readonly parts: readonly Stateful[];
  readonly arrive: (what: number) => void;
}
const network = (transport: Transport): Subject => {
  const net = new Net(Uint8Array.of(2, 0, 0, 0, 0, 1), transport, ({ length }) =>
    expect([length >= 14, length <= 1518]).toEqual([true, true]),
  );
  const driver = new QueuesDriver(net, transport);
  const arrive = (what: number): void => {
    if (net.hasRoom) net.receive(new Uint8Array(14 + (what % 1505)));
    driver.device.arrived(RECEIVE);
  };
  return { driver, parts: [net], arrive };
};
const ports = (transport: Transport): Subject => {
  const console = new VirtioConsole(['a', 'b'], (_, { length }) => expect(length).toBeLessThanOrEqual(1 << 16));
  const driver = new QueuesDriver(console, transport);
  const arrive = (what: number): void => {
    const port = what % 3;
    if (what % 5 === 0) {
      console.resize({ cols: what % 300, rows: 1 });
      driver.device.configChanged();
      driver.device.arrived(MESSAGE_QUEUE);
    }
    console.receive(port, new Uint8Array(Math.min(console.room(port), what % 9000)));
    driver.device.arrived(receiveQueue(port));
  };
  return { driver, parts: [console], arrive };
};

const NUM = 8;
const address = fc.oneof(
  fc.bigInt(RAM.base, RAM.base + 0x2_0000n),
  // In flash, in a device's registers, over the end of RAM, beyond it, over the end of all.
  fc.constantFrom(0x40n, 0xfff0n, 0x0900_0000n, RAM.base + BigInt(RAM.bytes) - 8n, 0x1_4000_0000n, (1n << 64n) - 8n),
  fc.bigInt(0n, (1n << 64n) - 1n),
);
const queue = fc.nat(7);
const upTo = fc.constantFrom(1, 2, NUM);
/** What a driver does too, if seldom so much of it. */
const tame = fc.oneof(
  fc.record({
    kind: fc.constant('offer' as const),
    queue,
    bytes: fc.oneof(fc.nat(64), fc.nat(4000)),
    reads: fc.boolean(),
    times: upTo,
  }),
  fc.record({
    kind: fc.constant('message' as const),
    port: fc.nat(3),
    event: fc.constantFrom(0, 0, 3, 6, 9),
    times: upTo,
  }),
  fc.record({ kind: fc.constant('kick' as const), queue, ns: fc.oneof(fc.constant(0), fc.nat(30_000)) }),
  fc.record({ kind: fc.constant('arrive' as const), what: fc.nat(10_000) }),
  fc.record({ kind: fc.constant('reset' as const), again: fc.constantFrom(true, true, false) }),
);
const wild = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    at: fc.constantFrom(...Object.values(REGISTER)),
    value: fc.nat(0xffff_ffff),
  }),
  fc.record({ kind: fc.constant('config' as const), at: fc.nat(0xfc), value: fc.nat(0xffff_ffff) }),
  fc.record({ kind: fc.constant('ring' as const), queue, at: fc.nat(0x7ff), value: fc.nat(0xffff_ffff) }),
  fc.record({
    kind: fc.constant('descriptor' as const),
    queue,
    number: fc.nat(NUM - 1),
    at: address,
    bytes: fc.oneof(fc.nat(64), fc.nat(0xffff_ffff)),
    flags: fc.nat(7),
    next: fc.nat(NUM),
  }),
  fc.record({ kind: fc.constant('index' as const), queue, index: fc.oneof(fc.nat(NUM), fc.nat(0xffff)) }),
);
const anything = fc.oneof({ arbitrary: tame, weight: 4 }, { arbitrary: wild, weight: 1 });
type Wild = typeof anything extends fc.Arbitrary<infer T> ? T : never;

function act({ driver, arrive }: Subject, what: Wild): void {
  const { one } = driver;
  const queueOf = (queue: number): number => queue % one.device.behind.queues.length;
  if (what.kind === 'register') one.mmio.write(what.at, 4, BigInt(what.value), 0);
  else if (what.kind === 'config') one.mmio.write(REGISTER.Config + what.at, 4, BigInt(what.value), 0);
  else if (what.kind === 'ring') one.view.setUint32(driver.ringsOf(queueOf(what.queue)) + what.at, what.value, true);
  else if (what.kind === 'descriptor')
    one.descriptor(what.number, what.at, what.bytes, what.flags, what.next, driver.ringsOf(queueOf(what.queue)));
  else if (what.kind === 'index')
    one.view.setUint16(driver.ringsOf(queueOf(what.queue)) + 16 * NUM + 2, what.index, true);
  else if (what.kind === 'offer')
    for (let n = 0; n < what.times; n++)
      driver.offer(queueOf(what.queue), what.reads ? what.bytes : new Uint8Array(what.bytes));
  else if (what.kind === 'message') {
    // Of a console; to a network it is a frame that it does not take.
    for (let n = 0; n < what.times; n++) driver.offer(queueOf(3), controlMessage(what.port, what.event, 1));
    driver.kick(queueOf(3));
    one.pass(1000);
  } else if (what.kind === 'arrive') arrive(what.what);
  else if (what.kind === 'reset') {
    if (what.again) driver.start(2n);
    else one.put('Status', 0);
  } else {
    one.mmio.write(REGISTER.QueueNotify, 4, BigInt(what.queue), 0);
    one.pass(what.ns);
  }
}

test.each([
  ['a network', network],
  ['a console', ports],
] as const)(
  'a hostile driver of %s: work and state are bounded, and a state is saved as it was restored',
  (_, make) => {
    const run = (transport: Transport, actions: readonly Wild[]): void => {
      const it = make(transport);
      const { device, told, levels } = it.driver.start(2n).one;
      const queues = device.behind.queues.length;
      for (const action of actions) {
        const before = told.length;
        act(it, action);
        const { inFlight, interruptStatus } = device.state;
        // Of each queue as much as it can have, given back, and taken anew.
        expect(told.length - before).toBeLessThanOrEqual(1 + 4 * 256 * queues);
        for (const [number, { num }] of device.state.queues.entries())
          expect(inFlight.filter(({ queue }) => queue === number).length).toBeLessThanOrEqual(num);
        expect(levels.at(-1) ?? false).toBe(interruptStatus !== 0);
      }
      const other = make(transport);
      for (const [i, part] of [device, ...it.parts].entries())
        restoreParts([[other.driver.device, ...other.parts][i] as Stateful], saveParts([part]));
    };
    for (const transport of [1, 2] as const)
      fc.assert(
        fc.property(fc.array(anything, { maxLength: 60 }), (actions) => run(transport, actions)),
        { numRuns: 100 },
      );
  },
);

test('what large requests carry is bounded, one by one and together', () => {
  const names = Array.from({ length: 15 }, (_, n) => `port${n}`);
  let sent = 0;
  const driver = new QueuesDriver(new VirtioConsole(names, (_, { length }) => void (sent += length))).start(2n);
  const { one } = driver;
  const queues = [...one.device.behind.queues.keys()].filter((queue) => queue % 2 === 1 && queue !== 3);
  for (const queue of queues) {
    // Each descriptor is the same half of memory, in a chain that is as long as a chain can be.
    for (let n = 0; n < NUM; n++) {
      one.descriptor(n, RAM.base, RAM.bytes / 2, n === NUM - 1 ? 0 : 1, n + 1, driver.ringsOf(queue));
      one.view.setUint16(driver.ringsOf(queue) + 16 * NUM + 4 + 2 * n, 0, true);
    }
    one.view.setUint16(driver.ringsOf(queue) + 16 * NUM + 2, NUM, true);
    driver.kick(queue);
  }
  // So many requests are 64 MiB, of each of which one is carried.
  expect([one.device.state.inFlight.length, sent]).toEqual([16, 16 * 2 ** 20]);
});
