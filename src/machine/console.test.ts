import { describe, expect, it } from 'vitest';
import { EventLog } from '../hyp/arm-common/event-log.fixture.ts';
import { Console } from './console.ts';

function setUp(room = 4) {
  const log = new EventLog();
  const out: number[] = [];
  const received: number[] = [];
  const port = {
    room,
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

  it('of any size is taken', () => {
    const { console, received } = setUp(1);
    console.input(new Uint8Array(1_000_000));
    expect(received.length).toBe(1);
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
