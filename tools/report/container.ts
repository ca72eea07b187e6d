/**
 * How data get into a page: JSON, whose typed arrays stand behind it as columns of varints, which compress well. A
 * Uint32Array holds numbers as they are, a Float64Array whole numbers as differences to the one before.
 *
 * Bytes: length of the JSON (32 bits, little-endian), the JSON in UTF-8, the columns. In the JSON a column is
 * {"column": [kind, number of values, offset, bytes]}.
 */

const HEAD_BYTES = 4;
type Kind = 'u32' | 'f64';

type Column = Uint32Array | Float64Array;
const isColumnArray = (value: unknown): value is Column =>
  value instanceof Uint32Array || value instanceof Float64Array;

/** Calls `put` with each number that a column is carried as: whole ones up to 2^53 - 1. */
function eachNumber(column: Column, put: (value: number) => void): void {
  if (column instanceof Uint32Array) {
    for (const value of column) put(value);
    return;
  }
  let last = 0;
  for (const value of column) {
    const by = value - last;
    // The sign in the lowest bit; twice a safe integer may be none, so the largest differences are refused.
    const folded = by < 0 ? -2 * by - 1 : 2 * by;
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(folded))
      throw new RangeError(`a column of ${value}, behind ${last}`);
    put(folded);
    last = value;
  }
}

/** Bytes of a column, which are counted before any are made: there may be many. */
function columnBytes(column: Column): number {
  let bytes = 0;
  eachNumber(column, (value) => {
    bytes++;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  });
  return bytes;
}

function writeColumn(out: Uint8Array, from: number, column: Column): void {
  let at = from;
  eachNumber(column, (value) => {
    let rest = value;
    while (rest >= 0x80) {
      out[at++] = (rest % 0x80) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    out[at++] = rest;
  });
}

/** The bytes of a value of JSON that has columns in it. */
export function packData(value: unknown): Uint8Array {
  const columns: { readonly column: Column; readonly offset: number }[] = [];
  let bytes = 0;
  const json = JSON.stringify(value, (_, member: unknown) => {
    if (!isColumnArray(member)) return member;
    const kind: Kind = member instanceof Uint32Array ? 'u32' : 'f64';
    const [offset, size] = [bytes, columnBytes(member)];
    columns.push({ column: member, offset });
    bytes += size;
    return { column: [kind, member.length, offset, size] };
  });
  const text = new TextEncoder().encode(json);
  const begin = HEAD_BYTES + text.length;
  const out = new Uint8Array(begin + bytes);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, HEAD_BYTES);
  for (const { column, offset } of columns) writeColumn(out, begin + offset, column);
  return out;
}

function readColumn(bytes: Uint8Array, kind: Kind, count: number): Column {
  const values = kind === 'u32' ? new Uint32Array(count) : new Float64Array(count);
  let at = 0;
  let last = 0;
  for (let i = 0; i < count; i++) {
    let value = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    if (kind === 'f64') value = last += value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    values[i] = value;
  }
  return values;
}

const isColumn = (value: unknown): value is { column: [Kind, number, number, number] } =>
  typeof value === 'object' && value !== null && Array.isArray((value as { column?: unknown }).column);

/** The value again. */
export function unpackData(bytes: Uint8Array): unknown {
  const jsonBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const columns = bytes.subarray(HEAD_BYTES + jsonBytes);
  const json = new TextDecoder().decode(bytes.subarray(HEAD_BYTES, HEAD_BYTES + jsonBytes));
  return JSON.parse(json, (_, member: unknown) => {
    if (!isColumn(member)) return member;
    const [kind, count, offset, size] = member.column;
    return readColumn(columns.subarray(offset, offset + size), kind, count);
  });
}
