import { hex } from '../../base/bits.ts';
import { hexOf } from '../../base/bytes.ts';

/** How a field is stored; the column encodings of codec/column.ts follow from it. */
export type Wire = 'u8' | 'u16' | 'u32' | 'u64' | 'icount' | 'text' | 'bytes';

/** What a field of this wire format holds. */
export type ValueOf<W extends Wire> = W extends 'u64'
  ? bigint
  : W extends 'text'
    ? string
    : W extends 'bytes'
      ? Uint8Array
      : number;

/** A field's kind: what is stored, and how a person and a program read it. */
export interface Field<W extends Wire = Wire> {
  readonly wire: W;
  show(value: ValueOf<W>): string;
  /** For JSON: counts are numbers, all that is read in hexadecimal is so too, since JSON's numbers would lose bits. */
  json(value: ValueOf<W>): string | number;
}

const decimal = (value: number): string => String(value);
const itself = <T>(value: T): T => value;
const hexNumber = (value: number | bigint): string => hex(value);
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };
const escaped = (byte: string): string => ESCAPES[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
/** Characters that are made of bytes at once. */
const PIECE = 4096;
/** Bytes as quoted text: what they mostly are (console traffic); other bytes as \xNN. */
const quoted = (value: Uint8Array): string => {
  let out = '';
  for (let at = 0; at < value.length; at += PIECE)
    out += String.fromCharCode(...value.subarray(at, at + PIECE)).replace(/[^\x20-\x7e]|["\\]/g, escaped);
  return `"${out}"`;
};

/** 8 bits, read in decimal. */
export const u8: Field<'u8'> = { wire: 'u8', show: decimal, json: itself };
/** 16 bits, read in decimal. */
export const u16: Field<'u16'> = { wire: 'u16', show: decimal, json: itself };
/** 32 bits, read in decimal. */
export const u32: Field<'u32'> = { wire: 'u32', show: decimal, json: itself };
/** 64 bits: an address or a register's value. */
export const u64: Field<'u64'> = { wire: 'u64', show: hexNumber, json: hexNumber };
/** A count of retired instructions plus idle skips, exact up to 2^53 - 1. */
export const icount: Field<'icount'> = { wire: 'icount', show: decimal, json: itself };
/** UTF-8. */
export const text: Field<'text'> = { wire: 'text', show: (value) => JSON.stringify(value), json: itself };
/** Any bytes, read as text where they are. */
export const bytes: Field<'bytes'> = { wire: 'bytes', show: quoted, json: hexOf };

/** 32 bits that are a bit field: read in hexadecimal. */
export const bits32: Field<'u32'> = { wire: 'u32', show: hexNumber, json: hexNumber };
/** A digest. */
export const digest: Field<'bytes'> = { wire: 'bytes', show: hexOf, json: hexOf };
/** A number that is read by its name. */
export const namedBy = <W extends 'u8' | 'u32'>(wire: W, name: (value: number) => string): Field<W> => {
  const show = name as Field<W>['show'];
  return { wire, show, json: show };
};
/** The same by a table; values without a name are read as numbers. */
export const named = (names: Readonly<Record<number, string>>): Field<'u8'> =>
  namedBy('u8', (value) => names[value] ?? String(value));

/** The largest value of a number field. */
export const wireMax = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff, icount: Number.MAX_SAFE_INTEGER } as const;
