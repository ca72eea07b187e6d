import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { SavedPart } from '../../base/stateful.ts';
import { tapeLimits } from '../limits.ts';
import { decodeWords, encodeWords, Words } from './column.ts';
import { expect } from './damage.ts';
import { DIGEST_BYTES } from './digest-numbers.ts';
import { binary, count, isMap, list, type Meta, member, pack, unpack } from './msgpack.ts';
import { ByteReader, ByteWriter } from './varint.ts';

// The payloads of page sets, page tables and checkpoints (FORMAT.md, "Checkpoints").

/** A page that has changed: its number from RAM's base, and which of the tape's contents it has now, null for zeros. */
export interface PageChange {
  readonly page: number;
  readonly content: number | null;
}

/** A piece of what has changed up to a checkpoint. */
export interface PageTable {
  /** Number of the checkpoint on the tape, from 0. */
  readonly checkpoint: number;
  readonly changes: readonly PageChange[];
  /** SHA-256 of each content that is named for the first time, one after the other. */
  readonly digests: Uint8Array;
  /** What each of them is told by: an older content that it differs little from, null for nothing. */
  readonly bases: readonly (number | null)[];
}

/** What a checkpoint frame holds. */
export interface CheckpointFrame {
  /** Its number on the tape, from 0. */
  readonly number: number;
  readonly icount: number;
  /** Instructions retired: the count less idle skips. */
  readonly instructions: number;
  /** Events of the tape before it. */
  readonly ordinal: number;
  /** Rows of its page tables. */
  readonly changed: number;
  /** Contents on the tape, those of its page sets included. */
  readonly contents: number;
  /** Root of the tree of digests over RAM. */
  readonly root: Uint8Array;
  /** `encodeParts` of the parts of the machine. */
  readonly parts: Uint8Array;
}

const scratch = new ByteWriter();

/** A column of numbers. */
export function encodeColumn(values: readonly number[]): Uint8Array {
  const words = new Words(values.length);
  values.forEach((value, i) => {
    words.setNumber(i, value);
  });
  scratch.clear();
  encodeWords(scratch, words, values.length);
  return scratch.take();
}

/** Likewise, back. @throws Damage */
export function columnOf(bytes: Uint8Array, rows: number, max: number, what: string): number[] {
  const from = new ByteReader(bytes);
  const words = decodeWords(from, rows);
  from.end();
  return Array.from({ length: rows }, (_, i) => {
    const value = words.number(i);
    expect(value <= max, `${what} out of range`);
    return value;
  });
}

const orNull = (value: number): number | null => (value === 0 ? null : value - 1);
const fromNull = (value: number | null): number => (value === null ? 0 : value + 1);

/** The payload of a page table. In its columns 0 stands for null. */
export const encodePageTable = ({ checkpoint, changes, digests, bases }: PageTable): Uint8Array =>
  pack([
    checkpoint,
    changes.length,
    encodeColumn(changes.map(({ page }) => page)),
    encodeColumn(changes.map(({ content }) => fromNull(content))),
    digests,
    bases.length === 0 ? new Uint8Array(0) : encodeColumn(bases.map(fromNull)),
  ]);

/** Likewise, back: pages ascend, contents are within what a tape may have. @throws Damage */
export function decodePageTable(payload: Uint8Array): PageTable {
  const parts = list(unpack(payload, tapeLimits.msgpackValuesMax.pageTable), 6, 'a page table');
  expect(parts.length === 6, 'a page table has six parts');
  const checkpoint = count(parts[0], tapeLimits.checkpointsMax, 'number of the checkpoint');
  const rows = count(parts[1], tapeLimits.pageTableRowsMax, 'rows');
  expect(rows > 0, 'a page table without rows');
  const pages = columnOf(binary(parts[2], 'pages'), rows, tapeLimits.pageNumberMax, 'page');
  const contents = columnOf(binary(parts[3], 'contents'), rows, tapeLimits.contentsMax, 'content');
  const digests = binary(parts[4], 'digests');
  const named = digests.length / DIGEST_BYTES;
  expect(Number.isInteger(named) && named <= rows, 'digests of another number than contents');
  pages.forEach((page, i) => {
    expect(i === 0 || page > (pages[i - 1] as number), 'pages that do not ascend');
  });
  const bytes = binary(parts[5], 'bases');
  expect(named > 0 || bytes.length === 0, 'bases without contents');
  const bases = named === 0 ? [] : columnOf(bytes, named, tapeLimits.contentsMax, 'base');
  const changes = pages.map((page, i) => ({ page, content: orNull(contents[i] as number) }));
  return { checkpoint, changes, digests, bases: bases.map(orNull) };
}

/** The states of a machine's parts, as a checkpoint holds them: packed by themselves, so that only who restores them unpacks them. */
export const encodeParts = (parts: readonly SavedPart[]): Uint8Array => pack(parts);

/** Likewise, back: data of bounded number and depth; nothing more is known of them. @throws Damage */
export const decodeParts = (bytes: Uint8Array): readonly SavedPart[] =>
  list(unpack(bytes, tapeLimits.msgpackValuesMax.parts), tapeLimits.msgpackValuesMax.parts, 'parts').map((part) => {
    expect(isMap(part) && isMap(part.state), 'a part is no map');
    return { name: member.text(part, 'name'), version: member.count(part, 'version'), state: part.state };
  });

/** The payload of a checkpoint. */
export const encodeCheckpoint = (frame: CheckpointFrame): Uint8Array => pack({ ...frame } satisfies Meta);

/** Likewise, back. @throws Damage */
export function decodeCheckpoint(payload: Uint8Array): CheckpointFrame {
  const map = unpack(payload, tapeLimits.msgpackValuesMax.checkpoint);
  expect(isMap(map), 'a checkpoint is no map');
  const root = binary(map.root, 'root');
  expect(root.length === DIGEST_BYTES, 'the root is no digest');
  const icount = member.count(map, 'icount');
  return {
    number: member.count(map, 'number', tapeLimits.checkpointsMax),
    icount,
    instructions: member.count(map, 'instructions', icount),
    ordinal: member.count(map, 'ordinal'),
    changed: member.count(map, 'changed', tapeLimits.pagesMax),
    contents: member.count(map, 'contents', tapeLimits.contentsMax),
    root: Uint8Array.from(root),
    parts: binary(map.parts, 'parts'),
  };
}

/**
 * Puts a page into a page set.
 * @param into 4 KiB, aligned to words
 * @param base what it held before, by which it is told where that is shorter: by the difference (exclusive or)
 * @returns whether it is
 */
export function putPage(into: Uint8Array, page: Uint8Array, base: Uint8Array | null): boolean {
  assert(page.length === PAGE_BYTES, 'a page has 4 KiB');
  if (base !== null && putDifference(into, page, base)) return true;
  into.set(page);
  return false;
}
/** One word in so many is looked at first: where hardly any of these are the same, the page is another. */
const SAMPLED = 16;
/**
 * Puts the difference there, so that each page is read once.
 * @returns false where less than half of its words, or of some of them an eighth, are the same: nothing of use is there then
 */
function putDifference(into: Uint8Array, page: Uint8Array, base: Uint8Array): boolean {
  const [difference, words, other] = [wordsOf(into), wordsOf(page), wordsOf(base)];
  let sampled = 0;
  for (let i = 0; i < words.length; i += SAMPLED) if (words[i] === other[i]) sampled++;
  if (sampled < words.length / SAMPLED / 8) return false;
  let same = 0;
  for (let i = 0; i < difference.length; i++) {
    const word = (words[i] as number) ^ (other[i] as number);
    difference[i] = word;
    if (word === 0) same++;
  }
  return same > difference.length / 2;
}

/** In place: makes of the difference the page. @param difference aligned to words */
export function applyDifference(difference: Uint8Array, base: Uint8Array): void {
  const [words, other] = [wordsOf(difference), wordsOf(base)];
  for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) ^ (other[i] as number);
}
/** To be read alone: of a page that is not aligned they are a copy. */
const wordsOf = (page: Uint8Array): Uint32Array =>
  page.byteOffset % 4 === 0
    ? new Uint32Array(page.buffer, page.byteOffset, PAGE_BYTES / 4)
    : new Uint32Array(Uint8Array.from(page).buffer);
