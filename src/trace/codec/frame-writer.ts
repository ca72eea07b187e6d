import { tapeLimits } from '../limits.ts';
import { asProvisional, encodeFrame, encodePreamble, FrameKind, type FrameRange, frameHeaderBytes } from './frame.ts';
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

  constructor(target: TapeTarget) {
    this.#target = target;
    this.#put(encodePreamble());
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
    return this.encoded(kind, encodeFrame(kind, this.nextSequence, raw, level, range), range);
  }
  /** Appends a frame that is encoded already, with the next sequence number. */
  encoded(kind: number, bytes: Uint8Array, range: FrameRange): number {
    const sequence = this.nextSequence;
    const offset = this.#bytes;
    this.#put(bytes);
    this.#frames.push({
      kind,
      provisional: false,
      sequence,
      offset,
      storedBytes: bytes.length - frameHeaderBytes,
      ...range,
    });
    return offset;
  }

  /** Puts a frame behind the last one that the next will take the place of. */
  tail(kind: number, raw: Uint8Array, range: FrameRange): void {
    const bytes = asProvisional(encodeFrame(kind, this.nextSequence, raw, frameLevel, range));
    this.#replaceTail(bytes);
    this.#withTail = this.#bytes + bytes.length;
  }

  /** Index, end and trailer: the tape is whole. */
  finish(events: number): void {
    const frames = this.#frames.length;
    const indexOffsets = encodeIndex(this.#frames).map((payload) => this.frame(FrameKind.index, payload));
    this.#put(encodeTrailer(this.frame(FrameKind.end, encodeEnd({ indexOffsets, frames, events }))));
  }

  /** @throws TooManyFrames */
  get nextSequence(): number {
    if (this.#frames.length >= tapeLimits.framesMax) throw new TooManyFrames();
    return this.#frames.length;
  }

  #put(bytes: Uint8Array): void {
    this.#replaceTail(bytes);
    this.#bytes += bytes.length;
    this.#withTail = this.#bytes;
  }

  /** Writes what stands behind the last frame anew. On an error what stood there is still whole, or its successor is. */
  #replaceTail(bytes: Uint8Array): void {
    const from = this.#bytes;
    if (this.#withTail === from) {
      this.#writeOrCutBack(bytes, from);
      return;
    }
    this.#writeOrCutBack(asProvisional(bytes), Math.max(this.#withTail, from + bytes.length));
    this.#target.write(bytes, from);
    this.#target.truncate(from + bytes.length);
  }

  #writeOrCutBack(bytes: Uint8Array, offset: number): void {
    try {
      this.#target.write(bytes, offset);
    } catch (error) {
      try {
        this.#target.truncate(this.#withTail);
      } catch {
        // The piece of a frame stays; a reader sees that it is not whole.
      }
      throw error;
    }
  }
}
