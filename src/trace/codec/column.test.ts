import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { tapeLimits } from '../limits.ts';
import { decodeWords, Encoding, encodeWords, Words } from './column.ts';
import { Damage } from './damage.ts';
import { ByteReader, ByteWriter, varintLength } from './varint.ts';

const max = 0xffff_ffff_ffff_ffffn;

function encode(values: readonly bigint[]): Uint8Array {
  const words = new Words(values.length);
  for (const [i, value] of values.entries()) words.big[i] = value;
  const out = new ByteWriter();
  encodeWords(out, words, values.length);
  return out.take();
}

function decode(bytes: Uint8Array, count: number): bigint[] {
  const from = new ByteReader(bytes);
  const words = decodeWords(from, count);
  from.end();
  return [...words.big];
}

describe('varints', () => {
  it('hold every width of number', () => {
    for (let width = 0; width <= 64; width++) {
      for (const value of [(1n << BigInt(width)) - 1n, (1n << BigInt(width)) & max]) {
        const lo = Number(value & 0xffff_ffffn);
        const hi = Number(value >> 32n);
        const out = new ByteWriter();
        out.varint(lo, hi);
        expect(out.length).toBe(varintLength(lo, hi));
        const from = new ByteReader(out.take());
        expect([from.varint(), from.hi]).toEqual([lo, hi]);
      }
    }
  });

  it('of more than 64 bits are damage', () => {
    const nines = new Array<number>(9).fill(0xff);
    expect(() => new ByteReader(Uint8Array.of(...nines, 0x02)).varint()).toThrow(Damage);
    expect(() => new ByteReader(Uint8Array.of(...nines, 0x81, 0x00)).varint()).toThrow(Damage);
    expect(() => new ByteReader(Uint8Array.of(0x80)).varint()).toThrow(Damage);
  });
});

describe('columns', () => {
  const prng = new Prng(7n);
  const many = (next: (i: number) => bigint): bigint[] =>
    Array.from({ length: 300 }, (_, i) => BigInt.asUintN(64, next(i)));
  const few = [0xffff_8000_0000_0000n, max, 0n, 0x8000_0000_0000_0000n];
  const cases: Readonly<Record<string, { values: bigint[]; encoding: number }>> = {
    'one value': { values: many(() => max), encoding: Encoding.constant },
    'small numbers': { values: many(() => prng.next64() & 0x7fn), encoding: Encoding.plain },
    'random numbers': { values: many(() => prng.next64() >> (prng.next64() & 63n)), encoding: Encoding.plain },
    'a few large ones': {
      values: many(() => few[Number(prng.next64() & 3n)] as bigint),
      encoding: Encoding.dictionary,
    },
    'a slow rise': {
      values: many((i) => (1n << 60n) + 40n * BigInt(i) + (prng.next64() & 31n)),
      encoding: Encoding.delta,
    },
    'a fall through 0': { values: many((i) => 100n - BigInt(i) * 3n), encoding: Encoding.delta },
    'steps of two widths': {
      values: many((i) => BigInt(i) * 1_000_000n + (i % 2 ? 400_000n : 0n)),
      encoding: Encoding.deltaDictionary,
    },
  };
  for (const [name, { values, encoding }] of Object.entries(cases)) {
    it(`hold ${name} in the shortest encoding`, () => {
      const bytes = encode(values);
      expect(bytes[0]).toBe(encoding);
      expect(decode(bytes, values.length)).toEqual(values);
    });
  }

  it('hold a whole frame of distinct values', () => {
    const values = Array.from({ length: tapeLimits.frameEventsMax }, () => prng.next64());
    expect(decode(encode(values), values.length)).toEqual(values);
  });

  it('that do not follow the format are damage', () => {
    const bytes = encode(cases['a few large ones']?.values ?? []);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(bytes.subarray(0, length), 300)).toThrow(Damage);
    expect(() => decode(Uint8Array.of(...bytes, 0), 300)).toThrow(Damage);
    expect(() => decode(Uint8Array.of(9, 0), 1)).toThrow(Damage);
    // A dictionary of 2^32 - 1 entries, and an index behind the last entry.
    expect(() => decode(Uint8Array.of(2, 0xff, 0xff, 0xff, 0xff, 0x0f), 2)).toThrow(Damage);
    expect(() => decode(Uint8Array.of(2, 1, 7, 0, 1), 2)).toThrow(Damage);
  });
});
