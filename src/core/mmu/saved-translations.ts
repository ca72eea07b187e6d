import { BadField, type Field, integer, list, octets, record } from '../../base/fields.ts';
import { CONTROL_WORDS } from './regime.ts';
import { GLOBAL, SPACES_WITH_ENTRIES_MAX, TLB_ENTRIES_MAX, type TlbEntry, VA_HIGH_MASK } from './tlb.ts';
import { REST_MASK, stage1BitsOf } from './tlb-result.ts';
import { type SavedUpperTables, savedUpperTables } from './upper-tables.ts';

// The saved form of `Translations`: rows of words, little-endian, in an order that does not depend on how they came there.

export const ASIDS = 65536;
/** Of a space's key: serial of the owner, number of the PE, settings of the control registers. */
export const KEY_WORDS = 2 + CONTROL_WORDS;
const VMIDS_MAX = 256;
export const SERIAL_MAX = 2 ** 31 - 1;
/** VA (two words), space by its place in the list of spaces, serial, page, rest. */
const ENTRY_WORDS = 6;
/** Those of them of which there is but one entry. */
const ENTRY_KEYS = 4;
/** ASID, serial. */
const ASID_WORDS = 2;
/** log2 of the largest block of stage 1: 1 GiB. */
const STAGE1_BITS_MAX = 30;

const serial = integer(1, SERIAL_MAX);

export interface SavedOwner {
  serial: number;
  stage2: number;
  stage2Vtcr: number;
  /** Rows of an ASID and its serial. */
  asids: Uint8Array;
  upper: SavedUpperTables;
}
export interface SavedTranslations {
  lastSerial: number;
  el2: SavedOwner;
  vmids: { vmid: number; owner: SavedOwner }[];
  /** Keys of the spaces that have entries. */
  spaces: Uint8Array;
  entries: Uint8Array;
}

const rowsMax = (rows: number, words: number) => ({ max: rows * words * 4 });
const owner: Field<SavedOwner> = record<SavedOwner>({
  serial,
  stage2: serial,
  stage2Vtcr: integer(0, 0xffff_ffff),
  asids: octets(rowsMax(ASIDS, ASID_WORDS)),
  upper: savedUpperTables,
});
export const savedTranslations: Field<SavedTranslations> = record<SavedTranslations>({
  lastSerial: integer(1, SERIAL_MAX),
  el2: owner,
  vmids: list(record({ vmid: integer(0, VMIDS_MAX - 1), owner }), { max: VMIDS_MAX }),
  spaces: octets(rowsMax(SPACES_WITH_ENTRIES_MAX, KEY_WORDS)),
  entries: octets(rowsMax(TLB_ENTRIES_MAX, ENTRY_WORDS)),
});

/** Bits that one pass of a sort goes by. */
const DIGIT_BITS = 11;
const DIGIT_MASK = (1 << DIGIT_BITS) - 1;
const SIGN = 1 << 31;

/**
 * Rows of signed words, one after the other, as bytes, in the order of their first `keys` words, which no two have in common. There may be
 * tens of thousands at each checkpoint: they are sorted digit by digit, the last first, and none becomes an object.
 */
export function packRows(rows: Int32Array, words: number, keys = words): Uint8Array {
  const count = rows.length / words;
  let order = new Int32Array(count);
  let spare = new Int32Array(count);
  for (let row = 0; row < count; row++) order[row] = row;
  const places = new Int32Array(DIGIT_MASK + 1);
  for (let word = keys - 1; word >= 0; word--)
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (!sortByDigit(rows, words, { word, shift, order, into: spare, places })) continue;
      [order, spare] = [spare, order];
    }
  const bytes = new Uint8Array(rows.length * 4);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let place = 0; place < count; place++) {
    const from = (order[place] as number) * words;
    for (let word = 0; word < words; word++) {
      view.setInt32(at, rows[from + word] as number, true);
      at += 4;
    }
  }
  return bytes;
}
interface Pass {
  readonly word: number;
  readonly shift: number;
  readonly order: Int32Array;
  readonly into: Int32Array;
  /** Of use within the pass alone. */
  readonly places: Int32Array;
}
/** Stable. @returns false where all have the same digit, and stay in their order */
function sortByDigit(rows: Int32Array, words: number, { word, shift, order, into, places }: Pass): boolean {
  const digitOf = (row: number): number => (((rows[row * words + word] as number) ^ SIGN) >>> shift) & DIGIT_MASK;
  places.fill(0);
  for (let row = 0; row < order.length; row++) {
    const digit = digitOf(row);
    places[digit] = (places[digit] as number) + 1;
  }
  if (order.length === 0 || places[digitOf(0)] === order.length) return false;
  let before = 0;
  for (let digit = 0; digit <= DIGIT_MASK; digit++) {
    const here = places[digit] as number;
    places[digit] = before;
    before += here;
  }
  for (let i = 0; i < order.length; i++) {
    const row = order[i] as number;
    const digit = digitOf(row);
    const place = places[digit] as number;
    into[place] = row;
    places[digit] = place + 1;
  }
  return true;
}
/** @throws BadField where they are no rows, or not each beyond the one before */
function unpackRows(bytes: Uint8Array, words: number, at: string): number[][] {
  const size = words * 4;
  if (bytes.length % size !== 0) throw new BadField(at, `no rows of ${size} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: number[][] = [];
  for (let from = 0; from < bytes.length; from += size) {
    const row = Array.from({ length: words }, (_, i) => view.getInt32(from + 4 * i, true));
    const before = rows.at(-1);
    if (before && compareRows(before, row) >= 0) throw new BadField(`${at}[${from}]`, 'out of order');
    rows.push(row);
  }
  return rows;
}
const compareRows = (a: readonly number[], b: readonly number[]): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return 0;
};

export function packAsids(serials: Int32Array): Uint8Array {
  const rows: number[] = [];
  for (let asid = 0; asid < serials.length; asid++) {
    const value = serials[asid] as number;
    if (value !== 0) rows.push(asid, value);
  }
  return packRows(Int32Array.from(rows), ASID_WORDS, 1);
}
/** Serials by ASID, up to the last one used. @throws BadField */
export function unpackAsids(bytes: Uint8Array, lastSerial: number): Int32Array {
  const rows = unpackRows(bytes, ASID_WORDS, 'asids');
  const last = rows.at(-1)?.[0] ?? -1;
  const serials = new Int32Array(Math.min(Math.max(last + 1, 0), ASIDS));
  for (const [asid = 0, value = 0] of rows) {
    if (asid < 0 || asid >= ASIDS || value < 1 || value > lastSerial || serials[asid] !== 0)
      throw new BadField('asids', `no serial ${value} of ASID ${asid}`);
    serials[asid] = value;
  }
  return serials;
}

/** Entries whose spaces have numbers, as rows whose spaces have places in the sorted list of their keys. */
export function packEntries(entries: readonly TlbEntry[], keyOf: (space: number) => Int32Array) {
  const used = [...new Set(entries.map((e) => e.space))].map((space) => ({ space, key: [...keyOf(space)] }));
  used.sort((a, b) => compareRows(a.key, b.key));
  const places = new Map(used.map(({ space }, place) => [space, place]));
  const rows = new Int32Array(entries.length * ENTRY_WORDS);
  for (let i = 0, at = 0; i < entries.length; i++) {
    const e = entries[i] as TlbEntry;
    rows[at++] = e.vaLo;
    rows[at++] = e.vaHi;
    rows[at++] = places.get(e.space) as number;
    rows[at++] = e.asid;
    rows[at++] = e.page;
    rows[at++] = e.rest;
  }
  return {
    spaces: packRows(Int32Array.from(used.flatMap((u) => u.key)), KEY_WORDS),
    entries: packRows(rows, ENTRY_WORDS, ENTRY_KEYS),
  };
}

/** @throws BadField */
export function unpackSpaces(bytes: Uint8Array, isOwner: (serial: number) => boolean): Int32Array[] {
  return unpackRows(bytes, KEY_WORDS, 'spaces').map((key, place) => {
    if (!isOwner(key[0] as number)) throw new BadField(`spaces[${place}]`, 'belongs to nobody');
    return Int32Array.from(key);
  });
}

/** Entries whose spaces are places. `isSerial`: that a serial is one of the place's owner. @throws BadField */
export function unpackEntries(
  bytes: Uint8Array,
  spaces: number,
  isSerial: (place: number, serial: number) => boolean,
): TlbEntry[] {
  const entries = unpackRows(bytes, ENTRY_WORDS, 'entries').map((row, i): TlbEntry => {
    const [vaLo, vaHi, space, asid, page, rest] = row as [number, number, number, number, number, number];
    const isPage = (vaLo & 0xfff) === 0 && vaHi >= 0 && vaHi <= VA_HIGH_MASK;
    const isOurs = space >= 0 && space < spaces && (asid === GLOBAL || isSerial(space, asid));
    const isResult = (rest & ~REST_MASK) === 0 && stage1BitsOf(rest) <= STAGE1_BITS_MAX;
    if (!isPage || !isOurs || !isResult) throw new BadField(`entries[${i}]`, 'no translation');
    return { vaLo: vaLo >>> 0, vaHi, space, asid, page, rest };
  });
  for (const [i, e] of entries.entries()) {
    const next = entries[i + 1];
    const isSame = next && next.vaLo === e.vaLo && next.vaHi === e.vaHi && next.space === e.space;
    if (isSame && (e.asid === next.asid || e.asid === GLOBAL)) throw new BadField(`entries[${i}]`, 'is not alone');
  }
  if (new Set(entries.map((e) => e.space)).size !== spaces) throw new BadField('spaces', 'one without entries');
  return entries;
}
