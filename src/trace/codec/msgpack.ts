import { Packr } from 'msgpackr';
import { tapeLimits } from '../limits.ts';
import { Damage, expect } from './damage.ts';

/** What the tape's msgpack may hold: no extension types. 64-bit integers come back as bigints. */
export type Meta = null | boolean | number | bigint | string | Uint8Array | readonly Meta[] | MetaMap;
/** A map of MessagePack with names as keys. */
export interface MetaMap {
  readonly [key: string]: Meta;
}

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** As MessagePack. */
export const pack = (value: Meta): Uint8Array => packr.pack(value);

/**
 * Unpacks one value that takes up all of `bytes` and consists of at most `valuesMax`. The structure is checked before anything
 * is built from it: lengths against the bytes that are there, their number, depth, string keys without those that reach an
 * object's prototype, no extensions (msgpackr's own would define records).
 */
export function unpack(bytes: Uint8Array, valuesMax: number): Meta {
  new Checker(bytes, valuesMax).whole();
  try {
    return packr.unpack(bytes) as Meta;
  } catch {
    throw new Damage('unreadable msgpack');
  }
}

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes that follow the tag of nil, booleans, floats and integers. */
const scalarBytes: Readonly<Record<number, number>> = {
  192: 0, // nil
  194: 0, // false
  195: 0, // true
  202: 4, // float 32
  203: 8,
  204: 1, // uint 8
  205: 2,
  206: 4,
  207: 8,
  208: 1, // int 8
  209: 2,
  210: 4,
  211: 8,
};

/** msgpack's formats: github.com/msgpack/msgpack/blob/master/spec.md. */
class Checker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #valuesLeft: number;

  constructor(bytes: Uint8Array, valuesMax: number) {
    this.#bytes = bytes;
    this.#valuesLeft = valuesMax;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  whole(): void {
    this.#value(0);
    expect(this.#at === this.#bytes.length, 'bytes after a msgpack value');
  }

  #skip(count: number): number {
    const at = this.#at;
    expect(count <= this.#bytes.length - at, 'msgpack ends early');
    this.#at = at + count;
    return at;
  }
  #u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }
  #u16(): number {
    return this.#view.getUint16(this.#skip(2));
  }
  #u32(): number {
    return this.#view.getUint32(this.#skip(4));
  }

  #value(depth: number): void {
    expect(depth <= tapeLimits.msgpackDepthMax, 'msgpack nested too deeply');
    expect(this.#valuesLeft-- > 0, 'too many msgpack values');
    const tag = this.#u8();
    const plainBytes = scalarBytes[tag];
    if (tag < 0x80 || tag >= 0xe0) return;
    if (plainBytes !== undefined) this.#skip(plainBytes);
    else if (tag < 0x90) this.#map(tag & 15, depth);
    else if (tag < 0xa0) this.#array(tag & 15, depth);
    else if (tag < 0xc0) this.#text(tag & 31);
    else if (tag >= 0xc4 && tag <= 0xc6) this.#skip(this.#length(tag - 0xc4));
    else if (tag >= 0xd9 && tag <= 0xdb) this.#text(this.#length(tag - 0xd9));
    else if (tag === 0xdc || tag === 0xdd) this.#array(this.#length(tag - 0xdb), depth);
    else if (tag === 0xde || tag === 0xdf) this.#map(this.#length(tag - 0xdd), depth);
    else throw new Damage(`msgpack type 0x${tag.toString(16)} is not used on a tape`);
  }

  /** A length of 1, 2 or 4 bytes. */
  #length(log2Bytes: number): number {
    return log2Bytes === 0 ? this.#u8() : log2Bytes === 1 ? this.#u16() : this.#u32();
  }

  #text(count: number): string {
    const at = this.#skip(count);
    try {
      return utf8.decode(this.#bytes.subarray(at, at + count));
    } catch {
      throw new Damage('msgpack text that is no UTF-8');
    }
  }

  #array(count: number, depth: number): void {
    expect(count <= this.#bytes.length - this.#at, 'msgpack ends early');
    for (let i = 0; i < count; i++) this.#value(depth + 1);
  }

  #map(count: number, depth: number): void {
    expect(2 * count <= this.#bytes.length - this.#at, 'msgpack ends early');
    this.#valuesLeft -= count;
    const seen = new Set<string>();
    for (let i = 0; i < count; i++) {
      const tag = this.#u8();
      expect((tag >= 0xa0 && tag < 0xc0) || tag === 0xd9, 'a msgpack key that is no short text');
      const key = this.#text(tag === 0xd9 ? this.#u8() : tag & 31);
      expect(!forbiddenKeys.has(key) && !seen.has(key), `msgpack key ${JSON.stringify(key)}`);
      seen.add(key);
      this.#value(depth + 1);
    }
  }
}

/** Whether a value is a map, and no list or binary. */
export const isMap = (value: Meta | undefined): value is MetaMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** A member that must be there and be of the type wanted. */
export const member = {
  text: (map: MetaMap, key: string): string => {
    const value = map[key];
    expect(typeof value === 'string', `${key} is no text`);
    return value;
  },
  flag: (map: MetaMap, key: string): boolean => {
    const value = map[key];
    expect(typeof value === 'boolean', `${key} is no flag`);
    return value;
  },
  /** A whole number of 0..max. */
  count: (map: MetaMap, key: string, max: number = Number.MAX_SAFE_INTEGER): number => count(map[key], max, key),
  map: (map: MetaMap, key: string): MetaMap => {
    const value = map[key];
    expect(isMap(value), `${key} is no map`);
    return value;
  },
  list: (map: MetaMap, key: string, max: number): readonly Meta[] => list(map[key], max, key),
};

/** A whole number from 0 to `max`. @throws Damage that names `what` */
export function count(value: Meta | undefined, max: number, what: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  expect(
    typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max,
    `${what} out of range`,
  );
  return number;
}

/** A list of at most `max` values. @throws Damage that names `what` */
export function list(value: Meta | undefined, max: number, what: string): readonly Meta[] {
  expect(Array.isArray(value) && value.length <= max, `${what} is no list of at most ${max}`);
  return value as readonly Meta[];
}

/** @throws Damage that names `what` where the value is no binary */
export function binary(value: Meta | undefined, what: string): Uint8Array {
  expect(value instanceof Uint8Array, `${what} is no binary`);
  return value;
}
