import { describe, expect, test } from 'vitest';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { MESSAGE_QUEUE, receiveQueue, VirtioConsole, WAITING_BYTES_MAX } from './console.ts';
import { CONTROL_EVENT, controlMessage } from './console-control.ts';
import { QueuesDriver } from './queues.fixture.ts';
import { REGISTER, type Transport } from './registers.ts';

const MULTIPORT = 1n << 1n;
const SEND_MESSAGE = 3;
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const text = (all: readonly Uint8Array[]): string => Buffer.concat(all).toString();

function setUp(names: readonly string[] = ['org.test.0', 'other'], transport: Transport = 2) {
  const sent: string[] = [];
  const behind = new VirtioConsole(names, (port, data) => void sent.push(`${port} ${text([data])}`));
  return { behind, sent, driver: new QueuesDriver(behind, transport) };
}
const tell = ({ driver }: ReturnType<typeof setUp>, port: number, event: number, value: number): void =>
  driver.send(SEND_MESSAGE, controlMessage(port, event, value));
/** A driver that has come to know all ports. */
function known(it = setUp()) {
  const { driver } = it;
  driver.start(MULTIPORT);
  for (let n = 0; n < 8; n++) driver.offer(MESSAGE_QUEUE, 80);
  driver.kick(MESSAGE_QUEUE);
  tell(it, 0xffff_ffff, CONTROL_EVENT.deviceReady, 1);
  return it;
}
function arrive({ behind, driver }: ReturnType<typeof setUp>, port: number, data: string): void {
  behind.receive(port, bytes(data));
  driver.device.arrived(receiveQueue(port));
  driver.one.pass(1e6);
}

describe.each([1, 2] as const)('version %i', (transport) => {
  test('introduces its ports, the console and those with names', () => {
    const it = known(setUp(undefined, transport));
    const { driver } = it;
    const added = [0, 1, 2].map((port) => controlMessage(port, CONTROL_EVENT.portAdd, 1));
    expect(driver.given(MESSAGE_QUEUE)).toEqual(added);
    tell(it, 0, CONTROL_EVENT.portReady, 1);
    expect(driver.given(MESSAGE_QUEUE)).toEqual([
      controlMessage(0, CONTROL_EVENT.consolePort, 1),
      controlMessage(0, CONTROL_EVENT.portOpen, 1),
    ]);
    tell(it, 1, CONTROL_EVENT.portReady, 1);
    const [name, open] = driver.given(MESSAGE_QUEUE);
    expect([name?.subarray(0, 8), text([name?.subarray(8) as Uint8Array])]).toEqual([
      controlMessage(1, CONTROL_EVENT.portName, 1),
      'org.test.0',
    ]);
    expect(open).toEqual(controlMessage(1, CONTROL_EVENT.portOpen, 1));
    for (const [port, event] of [
      [9, CONTROL_EVENT.portReady],
      [1, 99],
    ] as const)
      tell(it, port, event, 1);
    expect(driver.given(MESSAGE_QUEUE)).toEqual([]);
  });

  test('carries what the guest sends, and gives it what comes, port by port', () => {
    const it = known(setUp(undefined, transport));
    const { driver, sent } = it;
    driver.send(1, bytes('one'));
    driver.send(5, bytes('two'));
    driver.send(7, bytes('three'));
    expect(sent).toEqual(['0 one', '1 two', '2 three']);
    // The console is always open; a port gets what waits when the guest opens it.
    for (const port of [0, 1]) driver.offer(receiveQueue(port), 4);
    driver.offer(receiveQueue(1), 4);
    arrive(it, 0, 'abc');
    arrive(it, 1, 'defghi');
    expect([driver.given(0), driver.given(4)]).toEqual([[bytes('abc')], []]);
    tell(it, 1, CONTROL_EVENT.portOpen, 1);
    expect(driver.given(4)).toEqual([bytes('defg'), bytes('hi')]);
    tell(it, 1, CONTROL_EVENT.portOpen, 0);
    driver.offer(receiveQueue(1), 4);
    driver.kick(4);
    arrive(it, 1, 'later');
    expect(driver.given(4)).toEqual([]);
    expect(it.behind.room(1)).toBe(WAITING_BYTES_MAX - 5);
  });
});

test('a driver that knows of one port alone has the console', () => {
  const it = setUp();
  const { driver, sent } = it;
  driver.start();
  driver.offer(0, 16);
  arrive(it, 0, 'typed');
  driver.send(1, bytes('said'));
  expect([driver.given(0), sent]).toEqual([[bytes('typed')], ['0 said']]);
});

test('has its size and ports in its configuration; a new size is told', () => {
  const it = known();
  const { behind, driver } = it;
  const config = (at: number, size: 2 | 4): number => Number(driver.mmio.read(REGISTER.Config + at, size));
  expect([config(0, 2), config(2, 2), config(4, 4)]).toEqual([80, 24, 3]);
  tell(it, 0, CONTROL_EVENT.portReady, 1);
  driver.given(MESSAGE_QUEUE);
  const before = driver.one.get('ConfigGeneration');
  behind.resize({ cols: 132, rows: 43 });
  driver.device.configChanged();
  driver.device.arrived(MESSAGE_QUEUE);
  driver.one.pass(1e6);
  expect([config(0, 2), config(2, 2)]).toEqual([132, 43]);
  expect([driver.one.get('ConfigGeneration'), driver.one.get('InterruptStatus') & 2]).toEqual([before + 1, 2]);
  expect(driver.given(MESSAGE_QUEUE)).toEqual([Uint8Array.of(0, 0, 0, 0, 5, 0, 0, 0, 132, 0, 43, 0)]);
  // Nobody takes the messages: the last size is what counts.
  driver.start(MULTIPORT);
  tell(it, 0, CONTROL_EVENT.portReady, 1);
  for (let cols = 1; cols <= 200; cols++) behind.resize({ cols, rows: 9 });
  driver.offer(MESSAGE_QUEUE, 80);
  driver.offer(MESSAGE_QUEUE, 80);
  driver.kick(MESSAGE_QUEUE);
  driver.one.pass(1e6);
  expect(driver.given(MESSAGE_QUEUE)[1]).toEqual(Uint8Array.of(0, 0, 0, 0, 5, 0, 0, 0, 200, 0, 9, 0));
});

test('characters of an emergency need no queue', () => {
  const { driver, sent } = setUp();
  for (const byte of bytes('Oh')) driver.mmio.write(REGISTER.Config + 8, 4, BigInt(byte), 0);
  driver.mmio.write(REGISTER.Config, 4, 0x41n, 0);
  expect(sent).toEqual(['0 O', '0 h']);
});

test('messages that find no buffer wait, and hold up the driver; what is too large for its buffer is lost', () => {
  const it = setUp();
  const { driver } = it;
  driver.start(MULTIPORT);
  for (let n = 0; n < 100; n++) driver.send(SEND_MESSAGE, controlMessage(0, CONTROL_EVENT.deviceReady, 1));
  const saved = it.behind.save() as { messages: Uint8Array[] };
  expect(saved.messages.length).toBeLessThanOrEqual(64);
  driver.offer(MESSAGE_QUEUE, 7);
  driver.offer(MESSAGE_QUEUE, 8);
  driver.kick(MESSAGE_QUEUE);
  driver.one.pass(1e6);
  expect(driver.given(MESSAGE_QUEUE)).toEqual([new Uint8Array(0), controlMessage(1, CONTROL_EVENT.portAdd, 1)]);
});

test('a message that is too short stops the device, a reset brings it back, and input that waits stays', () => {
  const it = known();
  const { driver } = it;
  arrive(it, 1, 'waits');
  driver.send(SEND_MESSAGE, new Uint8Array(7));
  expect(driver.one.get('Status') & 64).toBe(64);
  known(it);
  tell(it, 1, CONTROL_EVENT.portOpen, 1);
  driver.offer(receiveQueue(1), 80);
  driver.kick(receiveQueue(1));
  driver.one.pass(1e6);
  expect(driver.given(receiveQueue(1))).toEqual([bytes('waits')]);
});

test('is saved in the midst of requests, and goes on from there', () => {
  const it = known();
  const other = setUp();
  const { driver } = it;
  driver.one.pass(1e6);
  driver.offer(receiveQueue(0), 3);
  it.behind.receive(0, bytes('half and half'));
  driver.device.arrived(0);
  expect(driver.device.state.inFlight).toHaveLength(1);
  const parts = (of: typeof it) => [[of.driver.device], [of.behind]];
  const saved = parts(it).map(saveParts);
  other.driver.one.memory.bytes.set(driver.one.memory.bytes);
  other.driver.one.now = driver.one.now;
  parts(other).forEach((part, i) => void restoreParts(part, saved[i]));
  for (const one of [driver.one, other.driver.one]) one.pass(1e6);
  expect(Buffer.compare(other.driver.one.memory.bytes, driver.one.memory.bytes)).toBe(0);
  expect(parts(other).map(saveParts)).toEqual(parts(it).map(saveParts));
});
