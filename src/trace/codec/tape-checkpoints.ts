import { sameBytes } from '../../base/bytes.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { SavedPart } from '../../base/stateful.ts';
import { sha256 } from '../../host/digests.ts';
import { tapeLimits } from '../limits.ts';
import {
  applyDifference,
  type CheckpointFrame,
  decodeCheckpoint,
  decodePageTable,
  decodeParts,
  type PageChange,
} from './checkpoint-frames.ts';
import { Scratch } from './compression.ts';
import { Damage, expect } from './damage.ts';
import { DIGEST_BYTES } from './digest-numbers.ts';
import { FrameKind, frameHeaderBytes, isCache } from './frame.ts';
import type { FrameEntry } from './frame-table.ts';
import { type DamagedPlace, type FrameTable, readFrame, readStored } from './scan.ts';
import type { TapeFile } from './tape-file.ts';

/** Contents that are kept unpacked: reading pages in their order unpacks each page set once. */
const SETS_KEPT = 32;
const SET_BYTES_MAX = tapeLimits.pageSetPagesMax * PAGE_BYTES;

/** What the frames' headers say of a checkpoint. */
export interface CheckpointInfo {
  readonly icount: number;
  /** Events of the tape before it: the next one to come has this number. */
  readonly ordinal: number;
  /** Bytes of its frames on the tape. */
  readonly bytes: number;
}

/** A checkpoint as it was read. Checksums find damage, not forgery: what it says is to be checked by who restores it. */
export interface Checkpoint {
  readonly icount: number;
  /** Instructions retired: the count less idle skips. */
  readonly instructions: number;
  readonly ordinal: number;
  /** Root of the tree of digests over RAM. */
  readonly root: Uint8Array;
  readonly parts: readonly SavedPart[];
  /** The pages that changed since the checkpoint before (of the first: since the machine was built), ascending. */
  readonly pages: readonly PageChange[];
}

/** The frames of one checkpoint, by their headers. */
interface Frames {
  readonly info: CheckpointInfo;
  readonly sets: readonly FrameEntry[];
  readonly tables: readonly FrameEntry[];
  readonly frame: FrameEntry;
  /** Contents on the tape before it, and with it. */
  readonly firstContent: number;
  readonly contents: number;
}

/** What the page tables of one checkpoint say. */
interface Tables {
  readonly changes: readonly PageChange[];
  /** Of its contents, one after the other. */
  readonly digests: Uint8Array;
  readonly bases: readonly (number | null)[];
}

/** The checkpoints of a tape, read as they are asked for. Each rests on those before it: behind the first that is damaged there are none. */
export class TapeCheckpoints {
  readonly #file: TapeFile;
  readonly #all: readonly Frames[];
  /** Page sets in the order of their contents. */
  readonly #sets: readonly FrameEntry[];
  readonly #read = new Map<number, Omit<Tables, 'changes'>>();
  /** Unpacked, the one used last at the end. */
  readonly #unpacked = new Map<number, Uint8Array<ArrayBuffer>>();
  /** Page sets as they are stored, one after the other. */
  readonly #setsStored = new Scratch();
  /** What is wrong with them, as their frames' headers and places show. */
  readonly damages: readonly DamagedPlace[];
  /** Bytes of all frames that checkpoints are made of. */
  readonly bytes: number;

  constructor(file: TapeFile, table: FrameTable) {
    this.#file = file;
    const { all, broken } = gather(table);
    this.#all = all;
    this.#sets = all.flatMap(({ sets }) => sets);
    this.damages = broken === undefined ? table.cacheDamages : [...table.cacheDamages, broken];
    this.bytes = table.frames.reduce((sum, entry) => sum + (isCache(entry.kind) ? wholeBytes(entry) : 0), 0);
  }

  get infos(): readonly CheckpointInfo[] {
    return this.#all.map(({ info }) => info);
  }

  /** The frames of a checkpoint, in the order of the tape. */
  framesOf(number: number): readonly FrameEntry[] {
    const { sets, tables, frame } = this.#all[number] as Frames;
    return [...sets, ...tables, frame].sort((a, b) => a.offset - b.offset);
  }

  /** @throws Damage */
  read(number: number): Checkpoint {
    const { changes } = this.#tables(number);
    const { icount, instructions, ordinal, root, parts } = this.#frame(number);
    return { icount, instructions, ordinal, root, parts: decodeParts(parts), pages: changes };
  }

  /** The pages alone of a checkpoint. @throws Damage */
  pages(number: number): readonly PageChange[] {
    return this.#tables(number).changes;
  }

  /** The SHA-256 of a content. @throws Damage */
  digest(content: number): Uint8Array {
    const { digests, at } = this.#ofContent(content);
    return digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES);
  }
  /** The older content that it is told by. @throws Damage */
  #base(content: number): number | null {
    const { bases, at } = this.#ofContent(content);
    return bases[at] as number | null;
  }
  /** What is known of a checkpoint's contents, and the place of one among them. */
  #ofContent(content: number): Omit<Tables, 'changes'> & { readonly at: number } {
    const number = firstBeyond(this.#all, content, ({ contents }) => contents);
    expect(number < this.#all.length, 'a content that is not on the tape');
    let read = this.#read.get(number);
    if (read === undefined) {
      const { digests, bases } = this.#tables(number);
      read = { digests, bases };
      this.#read.set(number, read);
    }
    return { ...read, at: content - (this.#all[number] as Frames).firstContent };
  }

  /** The bytes of a content, which are those of its digest, put `into` so many. @throws Damage */
  content(content: number, into?: Uint8Array): Uint8Array {
    const bytes = into ?? new Uint8Array(PAGE_BYTES);
    bytes.set(this.#stored(content));
    let base = this.#base(content);
    for (let depth = 0; base !== null; base = this.#base(base)) {
      expect(depth++ < tapeLimits.contentDepthMax, 'a page that is told by too many others');
      applyDifference(bytes, this.#stored(base));
    }
    expect(sameBytes(sha256(bytes), this.digest(content)), 'a page without its digest');
    return bytes;
  }

  #stored(content: number): Uint8Array {
    const set = this.#setOf(content);
    const at = (content - set.start) * PAGE_BYTES;
    return this.#unpack(set).subarray(at, at + PAGE_BYTES);
  }

  /** What is wrong with them, once all that belongs to them is read; the bytes of page sets are checked, and not unpacked. */
  verify(): readonly DamagedPlace[] {
    const damages = [...this.damages];
    for (const number of this.#all.keys()) {
      const damage = this.damageOf(number);
      if (damage === undefined) continue;
      damages.push(damage);
      break;
    }
    return damages.sort((a, b) => a.offset - b.offset);
  }
  /** What is wrong with one of them. */
  damageOf(number: number): DamagedPlace | undefined {
    const { frame } = this.#all[number] as Frames;
    let at = frame;
    try {
      for (at of this.framesOf(number)) readStored(this.#file, at, this.#setsStored);
      at = frame;
      this.#tables(number);
      this.#frame(number);
      return undefined;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      return { offset: at.offset, bytes: wholeBytes(at), what: error.message, framesLost: false };
    }
  }

  #frame(number: number): CheckpointFrame {
    const { info, tables, frame: entry, contents } = this.#all[number] as Frames;
    const frame = decodeCheckpoint(readFrame(this.#file, entry));
    const rows = tables.reduce((sum, { count }) => sum + count, 0);
    const follows = frame.number === number && frame.changed === rows && frame.contents === contents;
    expect(follows, 'a checkpoint that does not follow those before it');
    const isSame = frame.icount === info.icount && frame.ordinal === info.ordinal;
    expect(isSame, 'the checkpoint is not the one its header announces');
    return frame;
  }

  #tables(number: number): Tables {
    const { tables, firstContent, contents } = this.#all[number] as Frames;
    const changes: PageChange[] = [];
    const digests = new Uint8Array((contents - firstContent) * DIGEST_BYTES);
    const bases: (number | null)[] = [];
    let named = firstContent;
    for (const entry of tables) {
      const table = decodePageTable(readFrame(this.#file, entry));
      const belongs = table.checkpoint === number && table.changes.length === entry.count;
      expect(belongs, 'a page table that does not follow those before it');
      const from = named;
      for (const change of table.changes) {
        expect(change.page > (changes.at(-1)?.page ?? -1), 'pages that do not ascend');
        expect(change.content === null || change.content <= named, 'a content that is not on the tape');
        if (change.content === named) named++;
        changes.push(change);
      }
      const isWhole = named <= contents && table.digests.length === (named - from) * DIGEST_BYTES;
      expect(isWhole, 'digests of other contents than are new');
      digests.set(table.digests, (from - firstContent) * DIGEST_BYTES);
      for (const base of table.bases) {
        expect(base === null || base < firstContent, 'a page that is told by one that is no older');
        bases.push(base);
      }
    }
    expect(named === contents, 'contents that no page has');
    return { changes, digests, bases };
  }

  #setOf(content: number): FrameEntry {
    const set = this.#sets[firstBeyond(this.#sets, content, ({ end }) => end)];
    expect(set !== undefined && content >= set.start, 'a content that is not on the tape');
    return set;
  }

  /** Valid until another is unpacked. */
  #unpack(set: FrameEntry): Uint8Array<ArrayBuffer> {
    const bytes = this.#unpacked.get(set.start) ?? this.#readSet(set);
    this.#unpacked.delete(set.start);
    this.#unpacked.set(set.start, bytes);
    return bytes;
  }
  #readSet(set: FrameEntry): Uint8Array<ArrayBuffer> {
    const room = this.#setRoom();
    const raw = { take: (bytes: number) => room.subarray(0, bytes) };
    const bytes = readFrame(this.#file, set, { stored: this.#setsStored, raw });
    if (bytes.buffer !== room.buffer) room.set(bytes);
    return room.subarray(0, bytes.length);
  }
  /** The memory of the set used longest ago, where as many as that are kept: pages of new memory cost more than unpacking. */
  #setRoom(): Uint8Array<ArrayBuffer> {
    const [oldest] = this.#unpacked;
    if (oldest === undefined || this.#unpacked.size < SETS_KEPT) return new Uint8Array(SET_BYTES_MAX);
    const [start, bytes] = oldest;
    this.#unpacked.delete(start);
    return new Uint8Array(bytes.buffer);
  }
}

/** The first element whose bound, which rises, is greater than the value. */
function firstBeyond<T>(elements: readonly T[], value: number, bound: (element: T) => number): number {
  let [from, to] = [0, elements.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (bound(elements[middle] as T) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}

const wholeBytes = ({ storedBytes }: FrameEntry): number => frameHeaderBytes + storedBytes;
const endOf = (frame: FrameEntry): number => frame.offset + wholeBytes(frame);

/** Puts the frames of each checkpoint together, up to the first that does not follow. */
function gather(table: FrameTable): { readonly all: readonly Frames[]; readonly broken: DamagedPlace | undefined } {
  const all: Frames[] = [];
  // Behind what is lost nobody knows what is missing.
  const lostAt = [...table.damages, ...table.cacheDamages].reduce(
    (least, { offset }) => Math.min(least, offset),
    Infinity,
  );
  let events = 0;
  let contents = 0;
  let [sets, tables]: [FrameEntry[], FrameEntry[]] = [[], []];
  for (const entry of table.frames) {
    if (entry.kind === FrameKind.events) events += entry.count;
    if (!isCache(entry.kind)) continue;
    if (entry.offset > lostAt) break;
    const wrong = doesNotFollow(entry, contents, tables, all);
    if (wrong !== undefined) {
      const place = { offset: entry.offset, bytes: endOf(entry) - entry.offset, what: wrong, framesLost: false };
      return { all, broken: place };
    }
    if (entry.kind === FrameKind.pageSet) {
      sets.push(entry);
      contents = entry.end;
    } else if (entry.kind === FrameKind.pageTable) tables.push(entry);
    else {
      const bytes = [...sets, ...tables, entry].reduce((sum, frame) => sum + wholeBytes(frame), 0);
      const info = { icount: entry.start, ordinal: ordinalNear(events, entry.count), bytes };
      all.push({ info, sets, tables, frame: entry, firstContent: all.at(-1)?.contents ?? 0, contents });
      [sets, tables] = [[], []];
    }
  }
  return { all, broken: undefined };
}

function doesNotFollow(
  entry: FrameEntry,
  contents: number,
  tables: readonly FrameEntry[],
  all: readonly Frames[],
): string | undefined {
  if (entry.kind === FrameKind.pageSet)
    return entry.start === contents ? undefined : `its first page has number ${entry.start} instead of ${contents}`;
  const rows = tables.reduce((sum, { count }) => sum + count, entry.kind === FrameKind.pageTable ? entry.count : 0);
  if (rows > tapeLimits.pagesMax) return 'more pages than memory has';
  if (all.length === tapeLimits.checkpointsMax) return 'too many checkpoints';
  const isLate = entry.start >= (all.at(-1)?.info.icount ?? 0) && tables.every(({ start }) => start === entry.start);
  return isLate ? undefined : 'a checkpoint that does not follow those before it';
}

/** The number next to `events` whose lowest 32 bits are these: a checkpoint stands near the events before it. */
function ordinalNear(events: number, low: number): number {
  const turn = 2 ** 32;
  const base = Math.floor(events / turn) * turn + low;
  const candidates = [base - turn, base, base + turn].filter((n) => n >= 0);
  return candidates.reduce((best, n) => (Math.abs(n - events) < Math.abs(best - events) ? n : best));
}
