import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { assert } from '../../base/assert.ts';
import { Failure } from '../../base/failure.ts';
import { type EventDecl, type EventSink, type FieldsOf, keptAt } from '../events/event.ts';
import { runEnd } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { EventFrameBuilder } from './event-frame.ts';
import { encodeFrame, encodePreamble, FrameKind, type FrameRange, frameHeaderBytes } from './frame.ts';
import { encodeEnd, encodeIndex, encodeTrailer, type FrameEntry } from './frame-table.ts';
import { encodeHeader, type ImageInfo, packMeta, type TapeHeader } from './header.ts';
import type { MetaMap } from './msgpack.ts';
import { systemError } from './tape-file.ts';

/** zstd levels: images are large and written before the guest starts, events are few bytes and matter for the size. */
const imageLevel = 1;
const eventLevel = 3;

export interface TapeImage {
  readonly name: string;
  readonly data: Uint8Array;
  /** false: the tape holds the digest alone. */
  readonly embed?: boolean;
}

export interface TapeStart extends Omit<TapeHeader, 'images'> {
  readonly images: readonly TapeImage[];
  /** About the machine that recorded; the one part in which two recordings of the same run may differ. */
  readonly host?: MetaMap;
}

/**
 * Writes a tape, synchronously, so that a frame is on its way to the disk before the guest goes on. The final name
 * appears when header and images are complete; from then on the tape is readable up to its last whole frame,
 * whatever happens to the process.
 */
export class TapeWriter implements EventSink {
  readonly path: string;
  readonly header: TapeHeader;
  readonly #fd: number;
  readonly #frames: FrameEntry[] = [];
  readonly #building = new EventFrameBuilder();
  #bytes = 0;
  #bytesBeforeEvents = 0;
  #eventsWritten = 0;
  #lastIcount = 0;
  #state: 'open' | 'closed' = 'open';

  /** Failure where the file cannot be written; nothing is left under the final name then. */
  static create(path: string, start: TapeStart): TapeWriter {
    return new TapeWriter(path, start);
  }

  private constructor(path: string, start: TapeStart) {
    this.path = path;
    const { semantics, level, producer, machine } = start;
    const images = start.images.map(({ name, data, embed = true }): ImageInfo => {
      assert(data.length <= tapeLimits.imageBytesMax, `image ${name} is too large for a tape`);
      return { name, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex'), embedded: embed };
    });
    this.header = { semantics, level, producer, machine, images };

    const place = placeFor(path);
    try {
      this.#fd = openSync(place.temporary ?? place.final, 'w');
    } catch (error) {
      throw new Failure(`cannot write ${path}: ${systemError(error)}; choose another place for the tape`);
    }
    try {
      this.#begin(start);
      if (place.temporary !== undefined) renameSync(place.temporary, place.final);
    } catch (error) {
      closeSync(this.#fd);
      if (place.temporary !== undefined) unlinkSync(place.temporary);
      if (error instanceof Failure || (error as NodeJS.ErrnoException).code === undefined) throw error;
      throw new Failure(`cannot write ${path}: ${systemError(error)}; choose another place for the tape`);
    }
    this.#bytesBeforeEvents = this.#bytes;
  }

  /** Bytes of the tape so far, and of them those after header and images; events on it, with those not yet in a frame. */
  get stats(): { readonly tapeBytes: number; readonly eventBytes: number; readonly events: number } {
    const events = this.#eventsWritten + this.#building.count;
    return { tapeBytes: this.#bytes, eventBytes: this.#bytes - this.#bytesBeforeEvents, events };
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
    if (count === 0) return;
    const payload = building.take(this.#eventsWritten);
    this.#frame(FrameKind.events, payload, eventLevel, { start, end, count });
    this.#eventsWritten += count;
    this.#lastIcount = end;
  }

  /** Writes how the run ended, the index and the end, and closes the tape. */
  finish(end: FieldsOf<typeof runEnd>): void {
    this.emit(runEnd, end);
    this.flush();
    const frames = this.#frames.length;
    const indexOffsets = encodeIndex(this.#frames).map((payload) => this.#frame(FrameKind.index, payload, eventLevel));
    const endPayload = encodeEnd({ indexOffsets, frames, events: this.#eventsWritten });
    this.#write(encodeTrailer(this.#frame(FrameKind.end, endPayload, eventLevel)));
    this.#close();
  }

  /** Closes the tape without an end: what was recorded stays, as a tape that was cut off. */
  abort(): void {
    if (this.#state === 'closed') return;
    this.flush();
    this.#close();
  }

  #begin(start: TapeStart): void {
    this.#write(encodePreamble());
    this.#frame(FrameKind.header, encodeHeader(this.header), eventLevel);
    if (start.host !== undefined) this.#frame(FrameKind.host, packMeta(start.host), eventLevel);
    start.images.forEach(({ data, embed = true }, number) => {
      for (let from = 0; embed && from < data.length; from += tapeLimits.frameRawBytesMax) {
        const to = Math.min(data.length, from + tapeLimits.frameRawBytesMax);
        this.#frame(FrameKind.image, data.subarray(from, to), imageLevel, { start: from, end: to, count: number });
      }
    });
  }

  /** Appends a frame; its offset. */
  #frame(kind: number, raw: Uint8Array, level: number, range: FrameRange = { start: 0, end: 0, count: 0 }): number {
    const sequence = this.#frames.length;
    if (sequence >= tapeLimits.framesMax)
      throw this.#stopped(`it has ${tapeLimits.framesMax} frames, the most a tape may have`);
    const offset = this.#bytes;
    const bytes = encodeFrame(kind, sequence, raw, level, range);
    this.#write(bytes);
    this.#frames.push({ kind, sequence, offset, storedBytes: bytes.length - frameHeaderBytes, ...range });
    return offset;
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    } catch (error) {
      throw this.#stopped(systemError(error));
    }
    this.#bytes += bytes.length;
  }

  /** The tape cannot go on: cut back to its last whole frame and closed. */
  #stopped(why: string): Failure {
    const begun = this.#bytesBeforeEvents > 0;
    if (!begun) return new Failure(`cannot write ${this.path}: ${why}; make room or choose another place for the tape`);
    try {
      if (fstatSync(this.#fd).isFile()) ftruncateSync(this.#fd, this.#bytes);
    } catch {
      // The piece of a frame stays; a reader sees that it is not whole.
    }
    this.#close();
    return new Failure(
      `cannot go on writing ${this.path}: ${why}; the tape replays up to icount ${this.#lastIcount}; make room and record again for the rest`,
    );
  }

  #close(): void {
    this.#state = 'closed';
    closeSync(this.#fd);
  }
}

/** Where to write: beside the final name first, unless that is a device or pipe, which a rename would replace. */
function placeFor(path: string): { readonly final: string; readonly temporary: string | undefined } {
  let final: string;
  try {
    final = realpathSync(path);
  } catch {
    return { final: path, temporary: `${path}.partial` };
  }
  const kind = statSync(final);
  return { final, temporary: kind.isFile() ? `${final}.partial` : undefined };
}
