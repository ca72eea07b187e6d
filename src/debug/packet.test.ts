import { expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import {
  bytesOf,
  framed,
  fromLittleEndian,
  hexNumber,
  hexOf,
  type Incoming,
  latin1,
  littleEndian,
  PACKET_BYTES_MAX,
  PacketReader,
  textOf,
} from './packet.ts';

const read = (text: string, reader = new PacketReader()): Incoming[] => [...reader.read(latin1(text))];
const packet = (text: string, sound = true): Incoming => ({ kind: 'packet', bytes: latin1(text), sound });

it('a packet, however it is cut', () => {
  const text = '$qSupported:swbreak+#1b';
  const sum = textOf(framed('qSupported:swbreak+'));
  for (let cut = 0; cut <= text.length; cut++) {
    const reader = new PacketReader();
    expect([...read(sum.slice(0, cut), reader), ...read(sum.slice(cut), reader)]).toEqual([
      packet('qSupported:swbreak+'),
    ]);
  }
});

it('acknowledgements and interrupts stand outside packets', () => {
  expect(read('+-\x03$OK#9a+')).toEqual([
    { kind: 'ack' },
    { kind: 'nak' },
    { kind: 'interrupt' },
    packet('OK'),
    { kind: 'ack' },
  ]);
  expect(read('$a\x03b#c6')).toEqual([packet('a\x03b')]);
});

it('escapes, both ways', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  const [back] = new PacketReader().read(framed(bytes));
  expect(back).toEqual({ kind: 'packet', bytes, sound: true });
  expect(textOf(framed('}#$*')).slice(0, -3)).toBe('$}]}\x03}\x04}\n');
});

it('a wrong checksum is told, and one that is none', () => {
  expect(read('$OK#9b')).toEqual([packet('OK', false)]);
  expect(read('$OK#zz$OK#9a')).toEqual([packet('OK', false), packet('OK')]);
});

it('a packet that was cut gives way to the next', () => {
  expect(read('$g$OK#9a')).toEqual([packet('OK')]);
  expect(read('garbage$OK#9a')).toEqual([packet('OK')]);
});

it('one that is too long is told and not kept', () => {
  const reader = new PacketReader();
  const long = 'a'.repeat(PACKET_BYTES_MAX + 1);
  expect([...read('$', reader), ...read(long, reader), ...read(long, reader), ...read('#00$OK#9a', reader)]).toEqual([
    { kind: 'overlong' },
    packet('OK'),
  ]);
  expect([...new PacketReader().read(framed('a'.repeat(PACKET_BYTES_MAX)))]).toMatchObject([{ sound: true }]);
});

it('random bytes bring packets at most', () => {
  const random = new Prng(7n);
  const reader = new PacketReader();
  for (let n = 0; n < 200; n++) {
    const bytes = Uint8Array.from({ length: 500 }, () => '$#}*+-\x030aZ'.charCodeAt(Number(random.next64() % 10n)));
    for (const { kind } of reader.read(bytes)) expect(kind).toMatch(/packet|interrupt|ack|nak/);
  }
});

it('numbers and bytes', () => {
  expect(hexOf(Uint8Array.of(0, 0xff, 0x1a))).toBe('00ff1a');
  expect(bytesOf('00FF1a')).toEqual(Uint8Array.of(0, 0xff, 0x1a));
  expect(bytesOf('0')).toBe(undefined);
  expect(bytesOf('0x')).toBe(undefined);
  expect(littleEndian(0x1234n, 4)).toEqual(Uint8Array.of(0x34, 0x12, 0, 0));
  expect(fromLittleEndian(Uint8Array.of(0x34, 0x12, 0, 0x80))).toBe(0x8000_1234n);
  expect(hexNumber('ffffffffffffffff')).toBe(2n ** 64n - 1n);
  for (const none of ['', '-1', '0x1', '10000000000000000', undefined]) expect(hexNumber(none)).toBe(undefined);
});
