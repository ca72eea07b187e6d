import { tapeLimits } from '../limits.ts';
import {
  asProvisional,
  type EncodedFrame,
  encodeFrame,
  encodePreamble,
  FrameKind,
  type FrameRange,
  frameHeaderBytes,
} from './frame.ts';
import { encodeEnd, encodeIndex, encodeTrailer, type FrameEntry } from './frame-table.ts';

/** The file that a tape is written to. What `write` throws is the system's error. */
export interface TapeTarget {
  write(bytes: Uint8Array, offset: number): void;
  truncate(bytes: number): void;
}

/** zstd's level for what is not an image: few bytes, that matter for the size. */
export const frameLevel = 3;

/** The tape has as many frames as a tape may have. */
export class TooManyFrames extends Error {
  override readonly name = 'TooManyFrames';
}

const noRange: FrameRange = { start: 0, end: 0, count: 0 };
/** What is written one behind the other: of a frame its header, and what is stored. */
type Pieces = readonly [Uint8Array, ...Uint8Array[]];
const lengthOf = (pieces: Pieces): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

/**
 * Puts frames behind each other and keeps their table. Behind the last one may stand a provisional frame, the *tail*, which the next
 * frame takes the place of. It does so by way of a spare copy behind both, so that whoever reads at any moment, and whatever
 * kills this process, finds one of the two whole (FORMAT.md, "The tail").
 */
export class FrameWriter {
  readonly #target: TapeTarget;
  readonly #frames: FrameEntry[] = [];
  /** Bytes up to the end of the last frame, and to that of the tail behind it. */
  #bytes = 0;
  #withTail = 0;
  /** For what zstd makes of one payload after the other: as much as the largest takes, of which the system gives what is used. */
  #packed: Uint8Array | undefined;

  constructor(target: TapeTarget) {
    this.#target = target;
    this.#put([encodePreamble()]);
  }

  /** Bytes of the tape so far, without the tail. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Likewise those of the frames of one kind. */
  bytesOf(kind: number): number {
    const of = this.#frames.filter((frame) => frame.kind === kind);
    return of.reduce((sum, { storedBytes }) => sum + frameHeaderBytes + storedBytes, 0);
  }

  /** Appends a frame; its offset. */
  frame(kind: number, raw: Uint8Array, level: number = frameLevel, range = noRange): number {
    return this.encoded(kind, this.#encode(kind, raw, level, range), range);
  }
  /** What it gives holds until the next. */
  #encode(kind: number, raw: Uint8Array, level: number, range: FrameRange): EncodedFrame {
    this.#packed ??= new Uint8Array(tapeLimits.frameStoredBytesMax);
    return encodeFrame(kind, this.nextSequence, raw, level, range, this.#packed);
  }
  /** Appends a frame that is encoded already, with the next sequence number. */
  encoded(kind: number, { head, stored }: EncodedFrame, range: FrameRange): number {
    const sequence = this.nextSequence;
    const offset = this.#bytes;
    this.#put([head, stored]);
    this.#frames.push({ kind, provisional: false, sequence, offset, storedBytes: stored.length, ...range });
    return offset;
  }

  /** Puts a frame behind the last one that the next will take the place of. */
  tail(kind: number, raw: Uint8Array, range: FrameRange): void {
    const { head, stored } = this.#encode(kind, raw, frameLevel, range);
    const pieces: Pieces = [asProvisional(head), stored];
    this.#replaceTail(pieces);
    this.#withTail = this.#bytes + lengthOf(pieces);
  }

  /** Index, end and trailer: the tape is whole. */
  finish(events: number): void {
    const frames = this.#frames.length;
    const indexOffsets = encodeIndex(this.#frames).map((payload) => this.frame(FrameKind.index, payload));
    this.#put([encodeTrailer(this.frame(FrameKind.end, encodeEnd({ indexOffsets, frames, events })))]);
  }

  /** @throws TooManyFrames */
  get nextSequence(): number {
    if (this.#frames.length >= tapeLimits.framesMax) throw new TooManyFrames();
    return this.#frames.length;
  }

  #put(pieces: Pieces): void {
    this.#replaceTail(pieces);
    this.#bytes += lengthOf(pieces);
    this.#withTail = this.#bytes;
  }

  /** Writes what stands behind the last frame anew. On an error what stood there is still whole, or its successor is. */
  #replaceTail(pieces: Pieces): void {
    const from = this.#bytes;
    if (this.#withTail === from) {
      this.#writeOrCutBack(pieces, from);
      return;
    }
    const [head, ...stored] = pieces;
    const end = from + lengthOf(pieces);
    this.#writeOrCutBack([asProvisional(head), ...stored], Math.max(this.#withTail, end));
    this.#write(pieces, from);
    this.#target.truncate(end);
  }

  #writeOrCutBack(pieces: Pieces, offset: number): void {
    try {
      this.#write(pieces, offset);
    } catch (error) {
      try {
        this.#target.truncate(this.#withTail);
      } catch {
        // The piece of a frame stays; a reader sees that it is not whole.
      }
      throw error;
    }
  }
  #write(pieces: Pieces, offset: number): void {
    let at = offset;
    for (const piece of pieces) {
      this.#target.write(piece, at);
      at += piece.length;
    }
  }
}
