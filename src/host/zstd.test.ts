import { describe, expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { type Zstd, ZstdError, zstd, zstdOfNapi, zstdOfNode } from './zstd.ts';

const WINDOW = 4 * 2 ** 20;

const present = [zstdOfNapi(), zstdOfNode()].filter((one): one is Zstd => one !== undefined);
const prng = new Prng(3n);
const samples = [Uint8Array.of(1), new Uint8Array(WINDOW), prng.bytes(100_000)];

describe('zstd', () => {
  it('is there', () => expect(zstd().name).toBe(present[0]?.name));

  for (const writer of present) {
    for (const reader of present) {
      it(`${writer.name} is read by ${reader.name}`, () => {
        for (const raw of samples) {
          for (const level of [1, 3]) {
            const back = reader.decompress(writer.compress(raw, level), raw.length, WINDOW);
            expect(Buffer.compare(back, raw)).toBe(0);
          }
        }
      });
    }
    it(`${writer.name} may be given memory, which holds something else`, () => {
      const memory = new Uint8Array(2 * WINDOW).fill(0xff);
      for (const raw of samples) {
        const back = writer.decompress(writer.compress(raw, 3), raw.length, WINDOW, memory.subarray(0, raw.length));
        expect(Buffer.compare(back, raw)).toBe(0);
      }
      const short = writer.compress(Uint8Array.of(1, 2), 3);
      expect(() => writer.decompress(short, 3, WINDOW, memory.subarray(0, 3))).toThrow(ZstdError);
    });
    it(`${writer.name} compresses the same into memory that it is given, or beside it where that is too small`, () => {
      for (const raw of samples)
        for (const bytes of [0, raw.length, 2 * raw.length + 1000])
          expect(Buffer.compare(writer.compress(raw, 1, new Uint8Array(bytes)), writer.compress(raw, 1))).toBe(0);
    });
    it(`${writer.name} refuses what is not of the size announced`, () => {
      const bomb = writer.compress(new Uint8Array(WINDOW), 3);
      expect(bomb.length).toBeLessThan(2000);
      for (const size of [1, 1000, WINDOW - 1]) expect(() => writer.decompress(bomb, size, WINDOW)).toThrow(ZstdError);
      expect(() => writer.decompress(writer.compress(Uint8Array.of(1, 2), 3), 3, WINDOW)).toThrow(ZstdError);
      expect(() => writer.decompress(Uint8Array.of(1, 2, 3), 3, WINDOW)).toThrow(ZstdError);
      expect(() => writer.decompress(bomb.subarray(0, bomb.length - 1), WINDOW, WINDOW)).toThrow(ZstdError);
    });
  }
});
