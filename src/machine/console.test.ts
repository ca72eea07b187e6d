import { describe, expect, it } from 'vitest';
import { AssertionError } from '../base/assert.ts';
import { EventLog } from '../hyp/arm-common/event-log.fixture.ts';
import { Console } from './console.ts';

function setUp(room = 4) {
  const log = new EventLog();
  const out: number[] = [];
  const received: number[] = [];
  const port = {
    room,
    interruptsOnInput: () => false,
    rxRoom: () => port.room,
    receive: (byte: number) => {
      port.room--;
      received.push(byte);
    },
  };
  const console = new Console(
    log,
    () => 7,
    (byte) => out.push(byte),
  );
  console.attach(port);
  return { console, log, out, received, port };
}
const send = ({ console }: ReturnType<typeof setUp>, text: string): void => {
  for (const byte of Buffer.from(text)) console.write(byte);
};

describe('output', () => {
  it('goes out at once, and on the tape by lines', () => {
    const t = setUp();
    send(t, 'one\ntw');
    expect(Buffer.from(t.out).toString()).toBe('one\ntw');
    expect(t.log.of('console-out').map((e) => Buffer.from(e.bytes as Uint8Array).toString())).toEqual(['one\n']);
    t.console.flush();
    t.console.flush();
    expect(t.log.of('console-out').length).toBe(2);
  });

  it('of a line without an end goes on the tape in pieces', () => {
    const t = setUp();
    send(t, 'x'.repeat(600));
    expect(t.log.of('console-out').map((e) => (e.bytes as Uint8Array).length)).toEqual([256, 256]);
  });
});

describe('input', () => {
  it('waits for room, and stays in order', () => {
    const { console, received, port } = setUp(2);
    console.input(Buffer.from('abc'));
    console.input(Buffer.from('de'));
    expect(Buffer.from(received).toString()).toBe('ab');
    port.room = 2;
    console.poll();
    port.room = 9;
    console.poll();
    expect(Buffer.from(received).toString()).toBe('abcde');
  });

  it('is taken as far as there is room, however little of it is read', () => {
    const { console, port, received } = setUp(1);
    const { inputRoom } = console;
    expect(inputRoom).toBeGreaterThanOrEqual(64 * 1024);
    console.input(new Uint8Array(inputRoom));
    expect([received.length, console.inputRoom]).toEqual([1, 1]);
    expect(() => console.input(new Uint8Array(2))).toThrow(AssertionError);
    port.room = 1000;
    console.poll();
    expect(console.inputRoom).toBe(1001);
  });
});

it('round-trips its state', () => {
  const a = setUp(1);
  send(a, 'half a li');
  a.console.input(Buffer.from('typed'));
  const b = setUp(9);
  b.console.restore(a.console.save());
  expect(b.console.save()).toEqual(a.console.save());
  b.console.poll();
  expect(Buffer.from(b.received).toString()).toBe('yped');
  send(b, 'ne\n');
  expect(Buffer.from(b.log.of('console-out')[0]?.bytes as Uint8Array).toString()).toBe('half a line\n');
});
