import { assert } from '../../base/assert.ts';
import type { SavedPart } from '../../base/stateful.ts';
import { tapeLimits } from '../limits.ts';
import {
  DIGEST_BYTES,
  encodeCheckpoint,
  encodePageSet,
  encodePageTable,
  encodeParts,
  type PageChange,
} from './checkpoint-frames.ts';
import { encodeFrame, FrameKind, type FrameRange, renumbered } from './frame.ts';
import type { FrameWriter } from './frame-writer.ts';

/** zstd's level for page sets and tables. */
const pageLevel = 3;
/** Of those that wait for the frame of events that is open: a recording with checkpoints close together makes no more until then. */
const WAITING_MAX = { checkpoints: 256, pages: 1 << 16 } as const;

/** A page that changed since the checkpoint before. */
export interface ChangedPage {
  /** Its number from RAM's base. */
  readonly page: number;
  /** The SHA-256 of its bytes, as the tree over RAM has it; null where they are all zero. */
  readonly digest: Uint8Array | null;
  /** 4 KiB, which are copied. */
  readonly bytes: Uint8Array;
}

/** A whole machine between two instructions, its memory by what changed since the checkpoint before, or since it was built. */
export interface CheckpointToWrite {
  readonly icount: number;
  /** Instructions retired so far. */
  readonly instructions: number;
  readonly parts: readonly SavedPart[];
  /** Asked for where the checkpoint is made: the pages since the checkpoint before, each once, and the root of the tree over RAM. */
  readonly memory: () => { readonly pages: readonly ChangedPage[]; readonly root: Uint8Array };
}

/** A content that the tape does not have yet. */
interface Fresh {
  readonly digest: Uint8Array;
  readonly bytes: Uint8Array;
}
interface Waiting {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly range: FrameRange;
}

/**
 * Makes the frames of checkpoints. They wait until the open frame of events is on the tape, so that events never depend on
 * them, nor does the tail: a recording that is killed loses some checkpoints at most.
 */
export class CheckpointWriter {
  /** Numbers of the contents on the tape, by their digests. */
  readonly #contents = new Map<string, number>();
  #waiting: Waiting[] = [];
  #waitingCheckpoints = 0;
  #waitingPages = 0;
  /** Made so far. */
  checkpoints = 0;
  /** Bytes of those that wait no longer. */
  releasedBytes = 0;

  /** May another be made now? By what the run alone decides. */
  get hasRoom(): boolean {
    return (
      this.#waitingCheckpoints < WAITING_MAX.checkpoints &&
      this.#waitingPages < WAITING_MAX.pages &&
      this.checkpoints < tapeLimits.checkpointsMax &&
      this.#contents.size + tapeLimits.pagesMax <= tapeLimits.contentsMax
    );
  }

  /**
   * @param ordinal events of the tape before the checkpoint
   * @returns whether it was made: not where the states of the parts are larger than a frame
   */
  add({ icount, instructions, parts, memory }: CheckpointToWrite, ordinal: number): boolean {
    assert(this.hasRoom, 'a checkpoint that there is room for');
    const packed = encodeParts(parts);
    if (packed.length > tapeLimits.partsBytesMax) return false;
    const { pages, root } = memory();
    const before = this.#contents.size;
    const fresh: Fresh[] = [];
    const changes = pages
      .toSorted((a, b) => a.page - b.page)
      .map((page): PageChange => ({ page: page.page, content: this.#contentOf(page, fresh) }));
    this.#putPages(fresh, before);
    this.#putTables(icount, changes, fresh, before);
    const number = this.checkpoints++;
    const changed = changes.length;
    const contents = this.#contents.size;
    const payload = encodeCheckpoint({ number, icount, instructions, ordinal, changed, contents, root, parts: packed });
    this.#put(FrameKind.checkpoint, payload, { start: icount, end: icount, count: ordinal % 2 ** 32 });
    this.#waitingCheckpoints++;
    this.#waitingPages += fresh.length;
    return true;
  }

  /** Puts what waits behind the frames there are. */
  release(frames: FrameWriter): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingCheckpoints = 0;
    this.#waitingPages = 0;
    for (const { kind, bytes, range } of waiting) {
      frames.encoded(kind, renumbered(bytes, frames.nextSequence), range);
      this.releasedBytes += bytes.length;
    }
  }

  #contentOf({ digest, bytes }: ChangedPage, fresh: Fresh[]): number | null {
    if (digest === null) return null;
    assert(digest.length === DIGEST_BYTES, 'a digest is a SHA-256');
    const key = Buffer.from(digest).toString('latin1');
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const number = this.#contents.size;
    this.#contents.set(key, number);
    fresh.push({ digest, bytes });
    return number;
  }

  #putPages(fresh: readonly Fresh[], first: number): void {
    for (let from = 0; from < fresh.length; from += tapeLimits.pageSetPagesMax) {
      const pages = fresh.slice(from, from + tapeLimits.pageSetPagesMax);
      const payload = encodePageSet(pages.map(({ bytes }) => bytes));
      const range = { start: first + from, end: first + from + pages.length, count: pages.length };
      this.#put(FrameKind.pageSet, payload, range);
    }
  }

  #putTables(icount: number, changes: readonly PageChange[], fresh: readonly Fresh[], first: number): void {
    let named = first;
    for (let from = 0; from < changes.length; from += tapeLimits.pageTableRowsMax) {
      const rows = changes.slice(from, from + tapeLimits.pageTableRowsMax);
      const until = rows.reduce((most, { content }) => Math.max(most, content === null ? 0 : content + 1), named);
      const digests = Buffer.concat(fresh.slice(named - first, until - first).map(({ digest }) => digest));
      named = until;
      const payload = encodePageTable({ checkpoint: this.checkpoints, changes: rows, digests });
      this.#put(FrameKind.pageTable, payload, { start: icount, end: icount, count: rows.length });
    }
  }

  #put(kind: number, payload: Uint8Array, range: FrameRange): void {
    const bytes = encodeFrame(kind, 0, payload, pageLevel, range);
    this.#waiting.push({ kind, bytes, range });
  }
}
