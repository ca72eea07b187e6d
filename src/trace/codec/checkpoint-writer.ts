import { assert } from '../../base/assert.ts';
import { joined } from '../../base/bytes.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { SavedPart } from '../../base/stateful.ts';
import { type Packing, type PackingRoom, packer, ROOM_BYTES } from '../../host/packer.ts';
import { Spool } from '../../host/spool.ts';
import { shortened } from '../../host/zstd.ts';
import { tapeLimits } from '../limits.ts';
import { encodeCheckpoint, encodePageTable, encodeParts, type PageChange, putPage } from './checkpoint-frames.ts';
import { DigestNumbers } from './digest-numbers.ts';
import { FrameKind, type FrameRange, frameHeaderBytes, frameOf } from './frame.ts';
import type { FrameWriter } from './frame-writer.ts';

/** zstd's level for the frames of checkpoints: level 3 takes half as long again for a sixteenth less. */
const checkpointLevel = 1;
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
  /** What it held at the checkpoint before; null where nobody knows. */
  readonly before: Uint8Array | null;
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
  /** The content that it is told by. */
  readonly base: number | null;
}
/** A page set that is not full. */
interface OpenSet {
  readonly room: PackingRoom;
  pages: number;
}
interface Waiting {
  readonly kind: FrameKind;
  readonly rawBytes: number;
  readonly stored: Packing;
  readonly range: FrameRange;
}

/**
 * Makes the frames of checkpoints. They wait until the open frame of events is on the tape, so that events never depend on
 * them, nor does the tail: a recording that is killed loses some checkpoints at most.
 */
export class CheckpointWriter {
  /** The contents on the tape. */
  readonly #contents = new DigestNumbers();
  /** By how many others each of them is told. */
  readonly #depths: number[] = [];
  /** The contents of pages at the last checkpoint. */
  readonly #held = new Map<number, number>();
  #open: OpenSet | null = null;
  /** Of what waits. */
  readonly #spool = new Spool();
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
    for (const { page, content } of changes)
      if (content === null) this.#held.delete(page);
      else this.#held.set(page, content);
    this.#endPageSet();
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
    for (const { kind, rawBytes, stored, range } of waiting) {
      const frame = frameOf(kind, frames.nextSequence, { rawBytes, stored: stored() }, range);
      frames.encoded(kind, frame, range);
      this.releasedBytes += frameHeaderBytes + frame.stored.length;
    }
    this.#spool.clear();
  }

  /** Does it help to know what the page held, when it changes? */
  wantsBefore(page: number): boolean {
    return this.#baseOf(page) !== null;
  }
  #baseOf(page: number): number | null {
    const content = this.#held.get(page);
    return content === undefined || (this.#depths[content] as number) >= tapeLimits.contentDepthMax ? null : content;
  }

  #contentOf({ page, digest, bytes, before }: ChangedPage, fresh: Fresh[]): number | null {
    if (digest === null) return null;
    const contents = this.#contents.size;
    const number = this.#contents.add(digest);
    if (number < contents) return number;
    const held = before === null ? null : this.#baseOf(page);
    const base = this.#putPage(bytes, held === null ? null : before) ? held : null;
    fresh.push({ digest, base });
    this.#depths.push(base === null ? 0 : (this.#depths[base] as number) + 1);
    return number;
  }

  /** Whether it is told by what was there before. */
  #putPage(bytes: Uint8Array, before: Uint8Array | null): boolean {
    this.#open ??= { room: packer().room(this.#spool), pages: 0 };
    const { room, pages } = this.#open;
    const isDifference = putPage(room.bytes.subarray(pages * PAGE_BYTES, (pages + 1) * PAGE_BYTES), bytes, before);
    this.#open.pages = pages + 1;
    if (this.#open.pages === tapeLimits.pageSetPagesMax) this.#endPageSet();
    return isDifference;
  }
  #endPageSet(): void {
    if (this.#open === null) return;
    const { room, pages } = this.#open;
    this.#open = null;
    const end = this.#contents.size;
    this.#putPacked(FrameKind.pageSet, pages * PAGE_BYTES, room, { start: end - pages, end, count: pages });
  }

  #putTables(icount: number, changes: readonly PageChange[], fresh: readonly Fresh[], first: number): void {
    let named = first;
    for (let from = 0; from < changes.length; from += tapeLimits.pageTableRowsMax) {
      const rows = changes.slice(from, from + tapeLimits.pageTableRowsMax);
      const until = rows.reduce((most, { content }) => Math.max(most, content === null ? 0 : content + 1), named);
      const contents = fresh.slice(named - first, until - first);
      named = until;
      const digests = joined(contents.map(({ digest }) => digest));
      const bases = contents.map(({ base }) => base);
      const payload = encodePageTable({ checkpoint: this.checkpoints, changes: rows, digests, bases });
      this.#put(FrameKind.pageTable, payload, { start: icount, end: icount, count: rows.length });
    }
  }

  #put(kind: FrameKind, payload: Uint8Array, range: FrameRange): void {
    if (payload.length > ROOM_BYTES) {
      const stored = shortened(payload, checkpointLevel);
      this.#waiting.push({ kind, rawBytes: payload.length, stored: () => stored, range });
      return;
    }
    const room = packer().room(this.#spool);
    room.bytes.set(payload);
    this.#putPacked(kind, payload.length, room, range);
  }
  #putPacked(kind: FrameKind, rawBytes: number, room: PackingRoom, range: FrameRange): void {
    this.#waiting.push({ kind, rawBytes, stored: room.pack(rawBytes, checkpointLevel), range });
  }
}
