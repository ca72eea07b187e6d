import { joined, sameBytes } from '../../base/bytes.ts';
import { Failure } from '../../base/failure.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { sha256 } from '../../host/digests.ts';
import { tapeLimits } from '../limits.ts';
import { columnOf, encodeColumn } from './checkpoint-frames.ts';
import { Damage, expect } from './damage.ts';
import { DIGEST_BYTES, DigestNumbers } from './digest-numbers.ts';
import { FrameKind } from './frame.ts';
import type { FrameEntry } from './frame-table.ts';
import type { FrameWriter } from './frame-writer.ts';
import { binary, count, list, pack, unpack } from './msgpack.ts';
import { readFrame } from './scan.ts';
import type { TapeFile } from './tape-file.ts';

// Frames of what a guest read of its disks (FORMAT.md, "Disks").

/** A page as it was read: its number on its disk, and which of the tape's disk contents it is; null: zeros. */
interface Row {
  readonly page: number;
  readonly content: number | null;
}
interface DiskFrame {
  readonly disk: number;
  readonly rows: readonly Row[];
  /** SHA-256 of each content that is named for the first time, one after the other. */
  readonly digests: Uint8Array;
  /** Those contents; empty where the tape names them by digest alone. */
  readonly bytes: Uint8Array;
}

const encode = ({ disk, rows, digests, bytes }: DiskFrame): Uint8Array =>
  pack([
    disk,
    encodeColumn(rows.map(({ page }) => page)),
    encodeColumn(rows.map(({ content }) => (content === null ? 0 : content + 1))),
    digests,
    bytes,
  ]);

/** @throws Damage */
function decode(payload: Uint8Array, { count: rows, start, end }: FrameEntry): DiskFrame {
  const parts = list(unpack(payload, tapeLimits.msgpackValuesMax.diskPages), 5, 'pages of a disk');
  expect(parts.length === 5, 'pages of a disk have five parts');
  const pages = columnOf(binary(parts[1], 'pages'), rows, tapeLimits.diskPagesMax, 'page');
  const contents = columnOf(binary(parts[2], 'contents'), rows, end, 'content');
  const digests = binary(parts[3], 'digests');
  const bytes = binary(parts[4], 'contents');
  const fresh = end - start;
  expect(digests.length === fresh * DIGEST_BYTES, 'digests of other contents than are new');
  expect(bytes.length === 0 || bytes.length === fresh * PAGE_BYTES, 'other contents than are new');
  return {
    disk: count(parts[0], tapeLimits.disksMax - 1, 'disk'),
    rows: pages.map((page, i) => ({ page, content: contents[i] === 0 ? null : (contents[i] as number) - 1 })),
    digests,
    bytes,
  };
}

/** The payload of such a frame with digests alone. @throws Damage */
export const withoutBytes = (payload: Uint8Array, entry: FrameEntry): Uint8Array =>
  encode({ ...decode(payload, entry), bytes: new Uint8Array(0) });

interface Pending {
  readonly rows: Row[];
  readonly digests: Uint8Array[];
  readonly bytes: Uint8Array[];
}

/** Puts what a guest reads of its disks on a tape: each page once, each content once. */
export class DiskPageWriter {
  readonly #isEmbedded: (disk: number) => boolean;
  readonly #contents = new DigestNumbers();
  /** Digests of the pages that were read, by disk and number; null: zeros. */
  readonly #known = new Map<string, Uint8Array | null>();
  #pending: (Pending & { readonly disk: number; readonly first: number }) | null = null;

  constructor(isEmbedded: (disk: number) => boolean) {
    this.#isEmbedded = isEmbedded;
  }

  /** A page as the guest read it. @returns false where it was another when it was read before */
  add(disk: number, page: number, bytes: Uint8Array | null, frames: FrameWriter): boolean {
    const key = `${disk}:${page}`;
    const digest = bytes === null ? null : sha256(bytes);
    const known = this.#known.get(key);
    if (known !== undefined) return known === null || digest === null ? known === digest : sameBytes(known, digest);
    if (this.#known.size === tapeLimits.diskRowsMax) throw new TooManyDiskPages();
    this.#known.set(key, digest);
    if (this.#pending !== null && this.#pending.disk !== disk) this.release(frames);
    this.#pending ??= { disk, first: this.#contents.size, rows: [], digests: [], bytes: [] };
    this.#pending.rows.push({ page, content: this.#contentOf(digest, bytes, this.#pending) });
    return true;
  }
  #contentOf(
    digest: Uint8Array | null,
    bytes: Uint8Array | null,
    pending: Pending & { readonly disk: number },
  ): number | null {
    if (digest === null || bytes === null) return null;
    const contents = this.#contents.size;
    const number = this.#contents.add(digest);
    if (number < contents) return number;
    pending.digests.push(digest);
    if (this.#isEmbedded(pending.disk)) pending.bytes.push(Uint8Array.from(bytes));
    return number;
  }

  /** Is there enough for a frame? */
  get isFull(): boolean {
    return this.#pending?.rows.length === tapeLimits.diskFrameRowsMax;
  }

  /** Puts what is pending behind the frames there are. */
  release(frames: FrameWriter): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    const { disk, first, rows } = pending;
    const payload = encode({ disk, rows, digests: joined(pending.digests), bytes: joined(pending.bytes) });
    const range = { start: first, end: first + pending.digests.length, count: rows.length };
    frames.frame(FrameKind.diskPages, payload, undefined, range);
  }
}

/** The guest has read more of its disks than a tape may hold. */
export class TooManyDiskPages extends Error {
  override readonly name = 'TooManyDiskPages';
}

/** A page of a disk, as a tape knows it. */
export interface DiskPageOnTape {
  /** SHA-256; null: the page is all zero. */
  readonly digest: Uint8Array | null;
  /** What has that digest; null: zeros, or the tape names it by its digest alone. */
  readonly bytes: Uint8Array | null;
}

/** Where a content is: the frame, and its place in it. */
interface Content {
  readonly frame: number;
  readonly at: number;
  readonly digest: Uint8Array;
  readonly isEmbedded: boolean;
}
const FRAMES_KEPT = 8;

/** What of its guest's disks a tape holds. Its frames are read as pages are asked for: a replay asks in the order of the recording. */
export class TapeDiskPages {
  readonly #file: TapeFile;
  readonly #frames: readonly FrameEntry[];
  /** How many of them were read. */
  #read = 0;
  #rows = 0;
  readonly #pages = new Map<string, number | null>();
  readonly #contents: Content[] = [];
  /** Unpacked, the one used last at the end. */
  readonly #unpacked = new Map<number, Uint8Array>();

  constructor(file: TapeFile, frames: readonly FrameEntry[]) {
    this.#file = file;
    this.#frames = frames.filter(({ kind }) => kind === FrameKind.diskPages);
  }

  /** A page as the guest read it; undefined where it is not on the tape. @throws Failure where it is damaged */
  page(disk: number, page: number): DiskPageOnTape | undefined {
    return this.#orFailure(() => this.#page(disk, page));
  }
  #page(disk: number, page: number): DiskPageOnTape | undefined {
    const key = `${disk}:${page}`;
    while (!this.#pages.has(key) && this.#read < this.#frames.length) this.#readNext();
    const content = this.#pages.get(key);
    if (content === undefined) return undefined;
    if (content === null) return { digest: null, bytes: null };
    const known = this.#contents[content];
    expect(known !== undefined, 'a content that is not on the tape');
    const { digest, isEmbedded } = known;
    return { digest, bytes: isEmbedded ? this.#bytes(content) : null };
  }
  /** All that it knows of a disk, by number. @throws Failure likewise */
  pages(disk: number): number[] {
    this.#orFailure(() => {
      while (this.#read < this.#frames.length) this.#readNext();
    });
    const prefix = `${disk}:`;
    return [...this.#pages.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => Number(key.slice(prefix.length)));
  }

  #orFailure<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      throw new Failure(`cannot read ${this.#file.path}: ${error.message}; the tape is damaged`);
    }
  }
  #readNext(): void {
    const number = this.#read;
    const entry = this.#frames[number] as FrameEntry;
    expect(entry.start === this.#contents.length, 'pages of a disk that do not follow those before them');
    const { disk, rows, digests, bytes } = decode(readFrame(this.#file, entry), entry);
    this.#rows += rows.length;
    expect(this.#rows <= tapeLimits.diskRowsMax, 'more pages of disks than a tape may have');
    this.#read++;
    for (let at = 0; at < digests.length / DIGEST_BYTES; at++) {
      const digest = Uint8Array.from(digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES));
      this.#contents.push({ frame: number, at, digest, isEmbedded: bytes.length > 0 });
    }
    for (const { page, content } of rows) {
      const key = `${disk}:${page}`;
      expect(!this.#pages.has(key), 'a page of a disk that is there twice');
      expect(content === null || content < entry.end, 'a content that is not on the tape');
      this.#pages.set(key, content);
    }
    this.#keep(number, bytes);
  }
  #bytes(content: number): Uint8Array {
    const { frame, at, digest } = this.#contents[content] as Content;
    let unpacked = this.#unpacked.get(frame);
    if (unpacked === undefined) {
      const entry = this.#frames[frame] as FrameEntry;
      unpacked = decode(readFrame(this.#file, entry), entry).bytes;
    }
    this.#keep(frame, unpacked);
    const bytes = unpacked.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES);
    expect(sameBytes(sha256(bytes), digest), 'a page of a disk without its digest');
    return bytes;
  }
  #keep(frame: number, bytes: Uint8Array): void {
    this.#unpacked.delete(frame);
    this.#unpacked.set(frame, bytes);
    const [oldest] = this.#unpacked.keys();
    if (this.#unpacked.size > FRAMES_KEPT && oldest !== undefined) this.#unpacked.delete(oldest);
  }
}
