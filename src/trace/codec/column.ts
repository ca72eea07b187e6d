import { assert } from '../../base/assert.ts';
import { tapeLimits } from '../limits.ts';
import { expect } from './damage.ts';
import { type ByteReader, type ByteWriter, varintLength } from './varint.ts';

/**
 * A column is the values of one field of the events of one kind, as unsigned 64-bit numbers. Its first byte names the
 * encoding; the writer takes the shortest (FORMAT.md, "Columns").
 */
export const Encoding = { constant: 0, plain: 1, dictionary: 2, delta: 3, deltaDictionary: 4 } as const;

/** Above this a dictionary no longer pays, and its indices would cost three bytes. */
const dictionaryEntriesMax = 1 << 14;

/** Which half of a 64-bit word of typed-array memory is the lower one. */
const lowHalf = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const highHalf = 1 - lowHalf;

/** Unsigned 64-bit values in a row, seen as bigints or as pairs of 32 bits. */
export class Words {
  readonly big: BigUint64Array;
  readonly halves: Uint32Array;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.big = new BigUint64Array(capacity);
    this.halves = new Uint32Array(this.big.buffer);
  }

  lo(i: number): number {
    return this.halves[2 * i + lowHalf] as number;
  }
  hi(i: number): number {
    return this.halves[2 * i + highHalf] as number;
  }
  set(i: number, lo: number, hi: number): void {
    this.halves[2 * i + lowHalf] = lo;
    this.halves[2 * i + highHalf] = hi;
  }
  /** A whole number below 2^53. */
  setNumber(i: number, value: number): void {
    this.halves[2 * i + lowHalf] = value;
    this.halves[2 * i + highHalf] = value / 0x1_0000_0000;
  }
  number(i: number): number {
    return this.hi(i) * 0x1_0000_0000 + this.lo(i);
  }
  grown(): Words {
    const words = new Words(2 * this.capacity);
    words.big.set(this.big);
    return words;
  }
}

/** Distinct 64-bit values in order of first use, with the index of each value of a column. */
class Dictionary {
  readonly #slots = new Int32Array(2 * dictionaryEntriesMax);
  readonly #entries = new Words(dictionaryEntriesMax);
  readonly #indices = new Uint16Array(tapeLimits.frameEventsMax);
  #size = 0;

  /** Encoded bytes, or Infinity where there are too many distinct values, or it would be more bytes than `most`. */
  build(values: Words, count: number, most: number): number {
    this.#slots.fill(0);
    this.#size = 0;
    let cost = 0;
    for (let i = 0; i < count; i++) {
      // Each index that is still to come takes a byte.
      if (cost + count - i > most) return Number.POSITIVE_INFINITY;
      const lo = values.lo(i);
      const hi = values.hi(i);
      const mask = this.#slots.length - 1;
      let slot = (Math.imul(lo ^ Math.imul(hi, 0x85eb_ca6b), 0x9e37_79b1) >>> 8) & mask;
      let entry: number;
      for (;;) {
        entry = (this.#slots[slot] as number) - 1;
        if (entry < 0) {
          if (this.#size === dictionaryEntriesMax) return Number.POSITIVE_INFINITY;
          entry = this.#size++;
          this.#slots[slot] = entry + 1;
          this.#entries.set(entry, lo, hi);
          cost += varintLength(lo, hi);
          break;
        }
        if (this.#entries.lo(entry) === lo && this.#entries.hi(entry) === hi) break;
        slot = (slot + 1) & mask;
      }
      this.#indices[i] = entry;
      cost += varintLength(entry, 0);
    }
    return cost + varintLength(this.#size, 0);
  }

  write(out: ByteWriter, count: number): void {
    out.varint(this.#size);
    for (let i = 0; i < this.#size; i++) out.varint(this.#entries.lo(i), this.#entries.hi(i));
    for (let i = 0; i < count; i++) out.varint(this.#indices[i] as number);
  }
}

const direct = new Dictionary();
const ofDeltas = new Dictionary();
const deltas = new Words(tapeLimits.frameEventsMax);

/** deltas[i] = zigzag(values[i] - values[i - 1]) modulo 2^64, values[-1] being 0. */
function fillDeltas(values: Words, count: number): void {
  let previousLo = 0;
  let previousHi = 0;
  for (let i = 0; i < count; i++) {
    const lo = values.lo(i);
    const hi = values.hi(i);
    const dLo = (lo - previousLo) >>> 0;
    const dHi = (hi - previousHi - (lo < previousLo ? 1 : 0)) | 0;
    const sign = dHi >> 31;
    deltas.set(i, ((dLo << 1) ^ sign) >>> 0, (((dHi << 1) | (dLo >>> 31)) ^ sign) >>> 0);
    previousLo = lo;
    previousHi = hi;
  }
}

const plainCost = (values: Words, count: number): number => {
  let cost = 0;
  for (let i = 0; i < count; i++) cost += varintLength(values.lo(i), values.hi(i));
  return cost;
};

const isConstant = (values: Words, count: number): boolean => {
  for (let i = 1; i < count; i++) {
    if (values.lo(i) !== values.lo(0) || values.hi(i) !== values.hi(0)) return false;
  }
  return true;
};

const writePlain = (out: ByteWriter, values: Words, count: number): void => {
  for (let i = 0; i < count; i++) out.varint(values.lo(i), values.hi(i));
};

/** Appends the first `count` values (at least one) as a column. */
export function encodeWords(out: ByteWriter, values: Words, count: number): void {
  assert(count > 0 && count <= tapeLimits.frameEventsMax, 'a column has from one to frameEventsMax values');
  if (isConstant(values, count)) {
    out.byte(Encoding.constant);
    out.varint(values.lo(0), values.hi(0));
    return;
  }
  const plain = plainCost(values, count);
  if (plain === count) {
    // A byte a value: nothing is shorter.
    out.byte(Encoding.plain);
    writePlain(out, values, count);
    return;
  }
  fillDeltas(values, count);
  const delta = plainCost(deltas, count);
  const most = Math.min(plain, delta);
  const costs: readonly (readonly [encoding: number, bytes: number])[] = [
    [Encoding.plain, plain],
    [Encoding.dictionary, direct.build(values, count, most)],
    [Encoding.delta, delta],
    [Encoding.deltaDictionary, ofDeltas.build(deltas, count, most)],
  ];
  const [encoding] = costs.reduce((best, next) => (next[1] < best[1] ? next : best));
  out.byte(encoding);
  if (encoding === Encoding.plain) writePlain(out, values, count);
  else if (encoding === Encoding.dictionary) direct.write(out, count);
  else if (encoding === Encoding.delta) writePlain(out, deltas, count);
  else ofDeltas.write(out, count);
}

function readPlain(from: ByteReader, count: number, words: Words): Words {
  for (let i = 0; i < count; i++) {
    const lo = from.varint();
    words.set(i, lo, from.hi);
  }
  return words;
}

/** Of the dictionary that is being read. */
const read = new Words(tapeLimits.frameEventsMax);

function readDictionary(from: ByteReader, count: number, words: Words): Words {
  const size = from.count(count, 'dictionary entries');
  const entries = readPlain(from, size, read);
  for (let i = 0; i < count; i++) {
    const index = from.varint();
    expect(from.hi === 0 && index < size, 'a dictionary index out of range');
    words.set(i, entries.lo(index), entries.hi(index));
  }
  return words;
}

/** Undoes fillDeltas in place. */
function sumDeltas(words: Words, count: number): Words {
  let sumLo = 0;
  let sumHi = 0;
  for (let i = 0; i < count; i++) {
    const zLo = words.lo(i);
    const zHi = words.hi(i);
    const sign = -(zLo & 1);
    const dLo = (((zLo >>> 1) | (zHi << 31)) ^ sign) >>> 0;
    const dHi = ((zHi >>> 1) ^ sign) >>> 0;
    const lo = sumLo + dLo;
    sumLo = lo >>> 0;
    sumHi = (sumHi + dHi + (lo > 0xffff_ffff ? 1 : 0)) >>> 0;
    words.set(i, sumLo, sumHi);
  }
  return words;
}

/** The next column of `count` values; in `words` where they are given, which have room for them. */
export function decodeWords(from: ByteReader, count: number, words = new Words(count)): Words {
  assert(count > 0 && count <= tapeLimits.frameEventsMax, 'a column has from one to frameEventsMax values');
  const encoding = from.byte();
  switch (encoding) {
    case Encoding.constant: {
      const lo = from.varint();
      for (let i = 0; i < count; i++) words.set(i, lo, from.hi);
      return words;
    }
    case Encoding.plain:
      return readPlain(from, count, words);
    case Encoding.dictionary:
      return readDictionary(from, count, words);
    case Encoding.delta:
      return sumDeltas(readPlain(from, count, words), count);
    case Encoding.deltaDictionary:
      return sumDeltas(readDictionary(from, count, words), count);
    default:
      expect(false, `unknown column encoding ${encoding}`);
  }
}
