import { hex } from '../../base/bits.ts';

/** How a field is stored; the column encodings of codec/column.ts follow from it. */
export type Wire = 'u8' | 'u16' | 'u32' | 'u64' | 'icount' | 'text' | 'bytes';

export type ValueOf<W extends Wire> = W extends 'u64'
  ? bigint
  : W extends 'text'
    ? string
    : W extends 'bytes'
      ? Uint8Array
      : number;

/** A field's kind: what is stored, and how a person reads it. */
export interface Field<W extends Wire = Wire> {
  readonly wire: W;
  show(value: ValueOf<W>): string;
}

const decimal = (value: number): string => String(value);
/** Bytes as quoted text: what they mostly are (console traffic); other bytes as \xNN. */
const quoted = (value: Uint8Array): string => {
  let out = '"';
  for (const byte of value) {
    if (byte === 0x0a) out += '\\n';
    else if (byte === 0x0d) out += '\\r';
    else if (byte === 0x09) out += '\\t';
    else if (byte === 0x22 || byte === 0x5c) out += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) out += String.fromCharCode(byte);
    else out += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${out}"`;
};

export const u8: Field<'u8'> = { wire: 'u8', show: decimal };
export const u16: Field<'u16'> = { wire: 'u16', show: decimal };
export const u32: Field<'u32'> = { wire: 'u32', show: decimal };
/** 64 bits: an address or a register's value. */
export const u64: Field<'u64'> = { wire: 'u64', show: (value) => hex(value) };
/** A count of retired instructions plus idle skips, exact up to 2^53 - 1. */
export const icount: Field<'icount'> = { wire: 'icount', show: decimal };
export const text: Field<'text'> = { wire: 'text', show: (value) => JSON.stringify(value) };
export const bytes: Field<'bytes'> = { wire: 'bytes', show: quoted };

/** 32 bits that are a bit field: read in hexadecimal. */
export const bits32: Field<'u32'> = { wire: 'u32', show: (value) => hex(value) };
/** A digest. */
export const digest: Field<'bytes'> = { wire: 'bytes', show: (value) => Buffer.from(value).toString('hex') };
/** A number with a name; values without one are shown as numbers. */
export const named = (names: Readonly<Record<number, string>>): Field<'u8'> => ({
  wire: 'u8',
  show: (value) => names[value] ?? String(value),
});

/** The largest value of a number field. */
export const wireMax = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff, icount: Number.MAX_SAFE_INTEGER } as const;
