/**
 * How data get into a page: JSON, whose typed arrays stand behind it as columns of varints, which compress well. A
 * Uint32Array holds numbers as they are, a Float64Array whole numbers as differences to the one before.
 *
 * Bytes: length of the JSON (32 bits, little-endian), the JSON in UTF-8, the columns. In the JSON a column is
 * {"column": [kind, number of values, offset, bytes]}.
 */

const HEAD_BYTES = 4;
type Kind = 'u32' | 'f64';

class Writer {
  #bytes = new Uint8Array(1 << 16);
  length = 0;

  #room(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
  bytes(from: Uint8Array): void {
    this.#room(from.length);
    this.#bytes.set(from, this.length);
    this.length += from.length;
  }
  /** Of a whole number up to 2^53 - 1. */
  varint(value: number): void {
    this.#room(8);
    while (value >= 0x80) {
      this.#bytes[this.length++] = (value % 0x80) | 0x80;
      value = value < 0x8000_0000 ? value >>> 7 : Math.floor(value / 0x80);
    }
    this.#bytes[this.length++] = value;
  }
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

function writeColumn(out: Writer, column: Uint32Array | Float64Array): void {
  if (column instanceof Uint32Array) {
    for (const value of column) out.varint(value);
    return;
  }
  let last = 0;
  for (const value of column) {
    const by = value - last;
    if (!Number.isSafeInteger(by)) throw new RangeError(`a column of ${value}, behind ${last}`);
    // The sign in the lowest bit; twice a safe integer may be none, so the largest differences are refused.
    const folded = by < 0 ? -2 * by - 1 : 2 * by;
    if (folded > Number.MAX_SAFE_INTEGER) throw new RangeError(`a column of ${value}, behind ${last}`);
    out.varint(folded);
    last = value;
  }
}

/** The bytes of a value of JSON that has columns in it. */
export function packData(value: unknown): Uint8Array {
  const columns = new Writer();
  const json = JSON.stringify(value, (_, member: unknown) => {
    if (!(member instanceof Uint32Array || member instanceof Float64Array)) return member;
    const kind: Kind = member instanceof Uint32Array ? 'u32' : 'f64';
    const offset = columns.length;
    writeColumn(columns, member);
    return { column: [kind, member.length, offset, columns.length - offset] };
  });
  const text = new TextEncoder().encode(json);
  const out = new Uint8Array(HEAD_BYTES + text.length + columns.length);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, HEAD_BYTES);
  out.set(columns.take(), HEAD_BYTES + text.length);
  return out;
}

function readColumn(bytes: Uint8Array, kind: Kind, count: number): Uint32Array | Float64Array {
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
