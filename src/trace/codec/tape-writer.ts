import { assert } from '../../base/assert.ts';
import { Failure } from '../../base/failure.ts';
import { sha256OfImage } from '../../host/digests.ts';
import { OutputFile } from '../../host/output-file.ts';
import { isSystemError, systemError } from '../../host/system-error.ts';
import { type EventDecl, type EventSink, type FieldsOf, keptAt } from '../events/event.ts';
import { runEnd } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { type CheckpointToWrite, CheckpointWriter } from './checkpoint-writer.ts';
import { DiskPageWriter, TooManyDiskPages } from './disk-frames.ts';
import { EventFrameBuilder } from './event-frame.ts';
import { FrameKind } from './frame.ts';
import { FrameWriter, TooManyFrames } from './frame-writer.ts';
import { encodeBegin, encodeHeader, type ImageInfo, packMeta, type TapeBegin, type TapeHeader } from './header.ts';
import type { MetaMap } from './msgpack.ts';

/** zstd's level for images: they are large and written before the guest starts. */
const imageLevel = 1;
/** The ending of a recording's name until it has its own (`record --force`). */
export const unfinishedTape = 'recording';

/** An image to be embedded. */
export interface TapeImage {
  readonly name: string;
  readonly data: Uint8Array;
  /** false: the tape holds the digest alone. */
  readonly embed?: boolean;
}

/** What is known when a tape is begun. */
export interface TapeStart extends Omit<TapeHeader, 'images'> {
  readonly images: readonly TapeImage[];
  /** Where the tape begins; with the machine as it is built, where it is left out. Its first checkpoint is that of this place. */
  readonly begin?: TapeBegin;
  /** About the machine that recorded; the one part in which two recordings of the same run may differ. */
  readonly host?: MetaMap;
}

/** What was written of a tape. */
export interface TapeStats {
  readonly tapeBytes: number;
  /** Of them those of its frames of events. */
  readonly eventBytes: number;
  /** With those that are not yet in a frame. */
  readonly events: number;
  readonly checkpoints: number;
  /** Of the tape's bytes those of checkpoints. */
  readonly checkpointBytes: number;
}

/** How a tape is written. */
export interface TapeOptions {
  /** Replace an older file of this name, once the new tape is finished. */
  readonly force?: boolean;
}

/**
 * Writes a tape, synchronously, so that a frame is on its way to the disk before the guest goes on. It has its name when header
 * and images are complete, or, where it replaces an older file, when it is finished; from the first moment on it is readable
 * up to its last whole frame or tail, whatever happens to the process.
 */
export class TapeWriter implements EventSink {
  readonly header: TapeHeader;
  readonly #file: OutputFile;
  readonly #frames: FrameWriter;
  readonly #building = new EventFrameBuilder();
  readonly #checkpoints = new CheckpointWriter();
  readonly #disks: DiskPageWriter;
  #eventsWritten = 0;
  /** Events of the open frame that its tail holds. */
  #eventsInTail = 0;
  /** Up to where a reader finds events. */
  #lastIcount = 0;
  #state: 'open' | 'closed' | 'finished' = 'open';

  /** Failure where the file cannot be written, or is there already; nothing is left then. */
  static create(path: string, start: TapeStart, options: TapeOptions = {}): TapeWriter {
    return new TapeWriter(path, start, options);
  }

  private constructor(path: string, start: TapeStart, { force = false }: TapeOptions) {
    const { semantics, level, producer, machine } = start;
    const images = start.images.map(({ name, data, embed = true }): ImageInfo => {
      assert(data.length <= tapeLimits.imageBytesMax, `image ${name} is too large for a tape`);
      return { name, bytes: data.length, sha256: sha256OfImage(data), embedded: embed };
    });
    const disks = start.disks ? { disks: start.disks } : {};
    const infos = start.disks ?? [];
    this.header = { semantics, level, producer, machine, images, ...disks };
    this.#disks = new DiskPageWriter((disk) => infos[disk]?.embedded === true);
    const file = OutputFile.create(path, {
      force,
      unfinished: unfinishedTape,
      advice: 'choose another place for the tape',
    });
    this.#file = file;
    try {
      this.#frames = new FrameWriter(file);
      this.#begin(start);
      file.publish();
    } catch (error) {
      file.discard();
      if (error instanceof Failure || !isSystemError(error)) throw error;
      throw new Failure(`cannot write ${path}: ${systemError(error)}; make room or choose another place for the tape`);
    }
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }
  get isFinished(): boolean {
    return this.#state === 'finished';
  }
  /** Where the tape lies at the moment. */
  get path(): string {
    return this.#file.at;
  }

  /** What is on the tape so far. */
  get stats(): TapeStats {
    const events = this.#eventsWritten + this.#building.count;
    const { bytes } = this.#frames;
    const { checkpoints, releasedBytes } = this.#checkpoints;
    const eventBytes = this.#frames.bytesOf(FrameKind.events);
    return { tapeBytes: bytes, eventBytes, events, checkpoints, checkpointBytes: releasedBytes };
  }

  /** May a checkpoint be made now? By what the run alone decides. */
  get hasRoomForCheckpoint(): boolean {
    return this.#state === 'open' && this.#checkpoints.hasRoom;
  }
  /** Does it help the next checkpoint to know what the page held before it changes? */
  wantsBefore(page: number): boolean {
    return this.#checkpoints.wantsBefore(page);
  }
  /**
   * Makes a checkpoint, which goes to the tape behind the frame of events that is open, where one is.
   * @returns whether it was made: not where the states of the parts are larger than a frame
   */
  checkpoint(checkpoint: CheckpointToWrite): boolean {
    assert(this.#state === 'open', 'a checkpoint for a tape that is closed');
    const isMade = this.#checkpoints.add(checkpoint, this.stats.events);
    if (this.#building.count === 0) this.#writing(() => this.#checkpoints.release(this.#frames));
    return isMade;
  }

  /**
   * A page of a disk as the guest reads it, zeros as null. It comes before the events that follow from it.
   * @returns false where it was another when it was read before
   */
  diskPage(disk: number, page: number, bytes: Uint8Array | null): boolean {
    assert(this.#state === 'open', 'a page of a disk for a tape that is closed');
    let isSame = true;
    this.#writing(() => {
      isSame = this.#disks.add(disk, page, bytes, this.#frames);
    });
    if (this.#disks.isFull) this.flush();
    return isSame;
  }

  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    if (!keptAt(this.header.level, decl)) return;
    assert(this.#state === 'open', 'an event for a tape that is closed');
    const building = this.#building;
    if (building.spansTooFar(fields.at)) this.flush();
    building.push(decl, fields);
    if (building.full) this.flush();
  }

  /** Puts the events so far into a frame. Deterministic tapes need flushes at places that icounts decide. */
  flush(): void {
    const building = this.#building;
    const { count, start, end } = building;
    if (count === 0) {
      this.#writing(() => this.#disks.release(this.#frames));
      return;
    }
    const payload = building.take(this.#eventsWritten);
    this.#writing(() => {
      this.#disks.release(this.#frames);
      this.#frames.frame(FrameKind.events, payload, undefined, { start, end, count });
      this.#checkpoints.release(this.#frames);
    });
    this.#eventsWritten += count;
    this.#eventsInTail = 0;
    this.#lastIcount = end;
  }

  /**
   * Puts the events of the open frame on the tape as a tail, which the frame itself will take the place of: what was recorded so
   * far outlives this process. May be called at any time; a finished tape shows nothing of it.
   */
  saveTail(): void {
    const { count, start, end } = this.#building;
    if (this.#state !== 'open' || count === this.#eventsInTail) return;
    const payload = this.#building.encode(this.#eventsWritten);
    this.#writing(() => this.#frames.tail(FrameKind.events, payload, { start, end, count }));
    this.#eventsInTail = count;
    this.#lastIcount = end;
  }

  /** Writes how the run ended, the index and the end, and closes the tape, which has its name then. */
  finish(end: FieldsOf<typeof runEnd>): void {
    this.emit(runEnd, end);
    this.flush();
    this.#writing(() => {
      this.#frames.finish(this.#eventsWritten);
      this.#file.finish();
    });
    this.#state = 'finished';
  }

  /** Closes the tape without an end: what was recorded stays, as a tape that was cut off. */
  abort(): void {
    if (this.#state !== 'open') return;
    this.flush();
    this.#close();
  }

  /** Takes the tape away, whatever is on it; an older one that it would have replaced stays. */
  discard(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#file.discard();
  }

  #begin(start: TapeStart): void {
    this.#frames.frame(FrameKind.header, encodeHeader(this.header));
    if (start.host !== undefined) this.#frames.frame(FrameKind.host, packMeta(start.host));
    if (start.begin !== undefined) {
      const { icount } = start.begin;
      this.#frames.frame(FrameKind.begin, encodeBegin(start.begin), undefined, {
        start: icount,
        end: icount,
        count: 0,
      });
    }
    start.images.forEach(({ data, embed = true }, number) => {
      for (let from = 0; embed && from < data.length; from += tapeLimits.frameRawBytesMax) {
        const to = Math.min(data.length, from + tapeLimits.frameRawBytesMax);
        const range = { start: from, end: to, count: number };
        this.#frames.frame(FrameKind.image, data.subarray(from, to), imageLevel, range);
      }
    });
  }

  /** Where it fails the tape is closed: it cannot go on, and keeps what it has. */
  #writing(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#close();
      if (error instanceof TooManyFrames)
        throw this.#stopped(`it has ${tapeLimits.framesMax} frames, the most a tape may have`);
      if (error instanceof TooManyDiskPages)
        throw this.#stopped(`the guest has read more of its disks than a tape holds, ${tapeLimits.diskRowsMax} pages`);
      if (error instanceof Failure || !isSystemError(error)) throw error;
      throw this.#stopped(systemError(error));
    }
  }
  #stopped(why: string): Failure {
    return new Failure(
      `cannot go on writing ${this.path}: ${why}; the tape replays up to icount ${this.#lastIcount}; make room and record again for the rest`,
    );
  }

  #close(): void {
    this.#state = 'closed';
    this.#file.close();
  }
}
