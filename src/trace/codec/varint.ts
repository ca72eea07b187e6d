import { assert } from '../../base/assert.ts';
import { Damage, expect } from './damage.ts';

/** Unsigned LEB128: seven bits a byte, lowest first; bit 7 says that more follow. 64 bits take at most ten bytes. */
export const varintBytesMax = 10;

/** Bytes that the LEB128 form of a 64-bit value takes. */
export const varintLength = (lo: number, hi: number): number => {
  if (hi === 0) return lo < 1 << 7 ? 1 : lo < 1 << 14 ? 2 : lo < 1 << 21 ? 3 : lo < 1 << 28 ? 4 : 5;
  const width = 64 - Math.clz32(hi);
  return Math.ceil(width / 7);
};

/** Bytes that grow as they are written. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** An unsigned 64-bit value from its halves. */
  varint(lo: number, hi = 0): void {
    this.#reserve(varintBytesMax);
    const out = this.#bytes;
    let at = this.#length;
    while (hi !== 0) {
      out[at++] = (lo & 0x7f) | 0x80;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    while (lo > 0x7f) {
      out[at++] = (lo & 0x7f) | 0x80;
      lo >>>= 7;
    }
    out[at++] = lo;
    this.#length = at;
  }

  #reserve(count: number): void {
    const need = this.#length + count;
    if (need <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(need, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Reads what a ByteWriter wrote; anything else is Damage. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** The upper half of the varint read last. */
  hi = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new Damage('a column ends early');
    return value;
  }

  bytes(count: number): Uint8Array {
    expect(count <= this.rest, 'a column ends early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** The lower half of the next varint; the upper one is left in `hi`. */
  varint(): number {
    let byte = this.byte();
    let lo = byte & 0x7f;
    let hi = 0;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = this.byte();
      const part = byte & 0x7f;
      if (shift < 28) lo |= part << shift;
      else if (shift === 28) {
        lo |= part << 28;
        hi = part >>> 4;
      } else {
        expect(shift < 63 || byte <= 1, 'a number of more than 64 bits');
        hi |= part << (shift - 32);
      }
    }
    this.hi = hi >>> 0;
    return lo >>> 0;
  }

  /** A varint that counts something: at most `max`. */
  count(max: number, what: string): number {
    assert(max <= 0xffff_ffff, 'counts are 32-bit');
    const lo = this.varint();
    expect(this.hi === 0 && lo <= max, `${what}: too many`);
    return lo;
  }

  end(): void {
    expect(this.rest === 0, 'bytes after the end of a column');
  }
}
