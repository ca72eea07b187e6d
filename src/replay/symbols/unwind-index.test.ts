import { expect, it } from 'vitest';
import { findUnwindIndex } from './unwind-index.ts';

const START = 0xc000_0000;
const CODE = 0x1000;
const INDEX = 0x4000;
const ENTRIES = 0x6000;

/** An image with an index of a hundred functions of 0x20 bytes each. */
function image(): Buffer {
  const bytes = Buffer.alloc(0x8000);
  const to = (at: number, target: number): void => void bytes.writeUInt32LE((target - at) & 0x7fff_ffff, at);
  for (let n = 0; n < 100; n++) {
    const at = INDEX + 8 * n;
    to(at, CODE + 0x20 * n);
    // pop {r4, r14}; finish; finish, in the entry itself, but for three.
    bytes.writeUInt32LE(0x80a8_b0b0, at + 4);
  }
  bytes.writeUInt32LE(1, INDEX + 8 * 5 + 4);
  to(INDEX + 8 * 6 + 4, ENTRIES);
  bytes.writeUInt32LE(0x80b1_0ba9, ENTRIES);
  to(INDEX + 8 * 7 + 4, ENTRIES + 4);
  bytes.writeUInt32LE(0x8102_9b40, ENTRIES + 4);
  bytes.writeUInt32LE(0x8480_b0b0, ENTRIES + 8);
  bytes.writeUInt32LE(0xb0b0_b0b0, ENTRIES + 12);
  return bytes;
}

it('the index of an image is found, and each function in it', () => {
  const index = findUnwindIndex(image(), START);
  expect(index?.size).toBe(100);
  const found = (pc: number) => {
    const of = index?.functionAt(START + pc);
    return of && [of.from - START, Buffer.from(of.instructions).toString('hex')];
  };
  expect(found(CODE + 0x20 * 3)).toEqual([CODE + 0x60, 'a8b0b0']);
  expect(found(CODE + 0x20 * 3 + 0x1c)).toEqual([CODE + 0x60, 'a8b0b0']);
  expect(found(CODE - 4)).toBe(undefined);
  // One that cannot be undone, one with an entry of its own, and one whose entry has more words.
  expect(found(CODE + 0x20 * 5 + 4)).toBe(undefined);
  expect(found(CODE + 0x20 * 6 + 4)).toEqual([CODE + 0xc0, 'b10ba9']);
  expect(found(CODE + 0x20 * 7 + 4)).toEqual([CODE + 0xe0, '9b408480b0b0b0b0b0b0']);
});

it('an image without one has none, and a forged one leads nowhere', () => {
  expect(findUnwindIndex(Buffer.alloc(0x1000), START)).toBe(undefined);
  const bytes = image();
  // Its words would reach behind the image.
  bytes.writeUInt32LE((bytes.length - 8 - (INDEX + 8 * 7 + 4)) & 0x7fff_ffff, INDEX + 8 * 7 + 4);
  bytes.writeUInt32LE(0x81ff_b0b0, bytes.length - 8);
  const index = findUnwindIndex(bytes, START);
  expect(index?.functionAt(START + CODE + 0x20 * 7 + 4)).toBe(undefined);
});
