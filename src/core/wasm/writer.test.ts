import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { ByteWriter } from './writer.ts';

const written = (write: (out: ByteWriter) => void): number[] => {
  const out = new ByteWriter();
  write(out);
  return [...out.toBytes()];
};

/** LEB128 by its definition (WebAssembly 3.0, 5.2.2), the value of so many bits. */
function decoded(bytes: readonly number[], signedBits: number | null): bigint {
  let value = 0n;
  for (const [i, byte] of bytes.entries()) {
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    expect(byte >= 0x80).toBe(i < bytes.length - 1);
  }
  return signedBits === null ? value : BigInt.asIntN(signedBits, BigInt.asIntN(7 * bytes.length, value));
}

const edges = [
  0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x1fff, 0x2000, 0x3fff, 0x4000, 0xfffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

describe('integers', () => {
  it('are unsigned LEB128, in no more bytes than they need', () => {
    for (const value of edges) {
      const bytes = written((out) => out.uleb(value));
      expect(decoded(bytes, null)).toBe(BigInt(value));
      expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
    }
    expect(written((out) => out.uleb(624_485))).toEqual([0xe5, 0x8e, 0x26]);
  });

  it('are signed LEB128 of 32 bits', () => {
    for (const value of edges.flatMap((v) => [v | 0, -v | 0]))
      expect(
        decoded(
          written((out) => out.sleb(value)),
          32,
        ),
      ).toBe(BigInt(value));
    expect(written((out) => out.sleb(-123_456))).toEqual([0xc0, 0xbb, 0x78]);
    expect(written((out) => out.sleb(64))).toEqual([0xc0, 0x00]);
    expect(written((out) => out.sleb(-64))).toEqual([0x40]);
  });

  it('are signed LEB128 of 64 bits, from halves', () => {
    const prng = new Prng(1n);
    const values = [0n, -1n, 63n, 64n, -64n, -65n, 1n << 31n, 1n << 32n, (1n << 63n) - 1n, -(1n << 63n)];
    for (let i = 0; i < 200; i++) values.push(BigInt.asIntN(64, prng.next64()) >> BigInt(i % 64));
    for (const value of values) {
      const lo = Number(value & 0xffff_ffffn);
      const hi = Number((value >> 32n) & 0xffff_ffffn);
      const bytes = written((out) => out.sleb64(lo, hi));
      expect(decoded(bytes, 64)).toBe(value);
      expect(bytes.length).toBeLessThanOrEqual(10);
    }
  });
});

describe('the buffer', () => {
  it('grows as it is written to, a byte or a run at a time, and starts anew', () => {
    const out = new ByteWriter();
    const start = out.bytes.length;
    for (let i = 0; i <= start; i++) out.byte(i & 0xff);
    out.raw(new Uint8Array(5 * start).fill(7));
    expect([out.length, out.toBytes()[start], out.toBytes().at(-1)]).toEqual([6 * start + 1, start & 0xff, 7]);
    out.clear();
    expect(out.toBytes()).toEqual(new Uint8Array(0));
  });

  it('takes the beginning of an array, names, and another writer behind its length', () => {
    const inner = new ByteWriter();
    inner.name('ab');
    expect(
      written((out) => {
        out.raw(Uint8Array.of(1, 2, 3), 2);
        out.sized(inner);
      }),
    ).toEqual([1, 2, 3, 2, 0x61, 0x62]);
  });

  it('gives bytes that later writing leaves alone', () => {
    const out = new ByteWriter();
    out.byte(1);
    const bytes = out.toBytes();
    out.clear();
    out.byte(2);
    expect([...bytes]).toEqual([1]);
  });
});
