import { describe, expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { SideThread } from './beside.ts';
import { type Packer, packerHere, ROOM_BYTES, ThreadedPacker } from './packer.ts';
import { newSlots, PackingSlots } from './packing-slots.ts';
import { Spool } from './spool.ts';
import { zstd } from './zstd.ts';

const prng = new Prng(5n);
const random = prng.bytes(ROOM_BYTES);
const alike = Uint8Array.from({ length: 100_000 }, (_, i) => i >>> 12);
/** As many as there is room for, and some more. */
const raws = Array.from({ length: 30 }, (_, i) => [random, alike, alike.subarray(i)][i % 3] as Uint8Array);

const packed = (packer: Packer, raw: Uint8Array) => {
  const room = packer.room(new Spool());
  room.bytes.set(raw);
  return room.pack(raw.length, 1);
};
const expected = (raw: Uint8Array): Uint8Array => (raw === random ? random : zstd().compress(raw, 1));
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe.each([
  ['here', () => packerHere],
  ['in a thread', () => new ThreadedPacker(new SideThread())],
] as const)('packing %s', (_, make) => {
  it('gives what zstd does, or what it cannot shorten, in whatever order it is asked for', () => {
    const packer = make();
    const packings = raws.map((raw) => packed(packer, raw));
    const order = [...packings.keys()].sort((a, b) => (a % 7) - (b % 7));
    expect(order.filter((i) => !isSame((packings[i] as () => Uint8Array)(), expected(raws[i] as Uint8Array)))).toEqual(
      [],
    );
    expect(isSame((packings[1] as () => Uint8Array)(), expected(alike))).toBe(true);
  });
});

describe('slots', () => {
  it('are packed by who wants them, where nobody else has begun', () => {
    const slots = new PackingSlots(newSlots(), (raw) => raw.subarray(0, raw[0]));
    const all = Array.from({ length: 8 }, () => slots.fill());
    expect(new Set(all).size).toBe(8);
    expect(slots.fill()).toBeUndefined();
    for (const [i, slot = -1] of all.entries()) {
      slots.bytesOf(slot).set([i + 1, 2, 3, 4, 5, 6, 7, 8]);
      slots.ask(slot, 8, 1);
      expect(slots.isDone(slot)).toBe(false);
    }
    expect(all.map((slot = -1) => slots.take(slot, new Spool()).length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(slots.fill()).toBeDefined();
  });

  it('that could not be packed tell who wants them', () => {
    const slots = new PackingSlots(newSlots(), () => {
      throw new Error('no memory');
    });
    const slot = slots.fill() ?? -1;
    slots.ask(slot, 10, 1);
    expect(() => slots.take(slot, new Spool())).toThrow('no memory');
  });
});
