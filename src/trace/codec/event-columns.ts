import { type ValueOf, type Wire, wireMax } from '../events/field.ts';
import { tapeLimits } from '../limits.ts';
import { decodeWords, Words } from './column.ts';
import { expect } from './damage.ts';
import { ByteReader } from './varint.ts';

/** The values of a field of all events of one kind in a frame (FORMAT.md, "Columns"). */
export type ColumnOf<W extends Wire> = W extends 'u64'
  ? BigUint64Array
  : W extends 'text' | 'bytes'
    ? readonly ValueOf<W>[]
    : Float64Array;

/** One of any kind. */
export type Column = BigUint64Array | Float64Array | readonly string[] | readonly Uint8Array[];

type NumberWire = keyof typeof wireMax;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    expect(false, 'text that is no UTF-8');
  }
}

/** Of the column of numbers that is being read: what is kept of it is made of these. */
const words = new Words(tapeLimits.frameEventsMax);

function readNumbers(from: ByteReader, count: number, max: number, into: Float64Array | Uint8Array): void {
  decodeWords(from, count, words);
  for (let i = 0; i < count; i++) {
    const number = words.number(i);
    expect(number <= max, 'a number beyond its field');
    into[i] = number;
  }
}

/** A column of numbers. @throws Damage where one is beyond its kind of field */
export function decodeNumbers(bytes: Uint8Array, count: number, wire: NumberWire): Float64Array {
  const from = new ByteReader(bytes);
  const numbers = new Float64Array(count);
  readNumbers(from, count, wireMax[wire], numbers);
  from.end();
  return numbers;
}

/** One of `u8`, in a byte each. @throws Damage */
export function decodeBytes(bytes: Uint8Array, count: number): Uint8Array {
  const from = new ByteReader(bytes);
  const numbers = new Uint8Array(count);
  readNumbers(from, count, wireMax.u8, numbers);
  from.end();
  return numbers;
}

/** A column of any kind. @throws Damage */
export function decodeColumn(bytes: Uint8Array, count: number, wire: Wire): Column {
  if (wire !== 'u64' && wire !== 'text' && wire !== 'bytes') return decodeNumbers(bytes, count, wire);
  const from = new ByteReader(bytes);
  if (wire === 'u64') {
    const { big } = decodeWords(from, count);
    from.end();
    return big;
  }
  const values: Uint8Array[] = [];
  const lengths = new Float64Array(count);
  readNumbers(from, count, tapeLimits.fieldBytesMax, lengths);
  for (const length of lengths) values.push(from.bytes(length));
  from.end();
  return wire === 'bytes' ? values : values.map(decodeText);
}
