import { must } from '../base/assert.ts';
import { Failure } from '../base/failure.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { type SavedPart, saveParts } from '../base/stateful.ts';
import type { EndOfRun, Look, Machine } from '../machine/machine.ts';
import type { MemoryImage } from '../machine/memory-image.ts';
import type { ChangedPage } from '../trace/codec/checkpoint-writer.ts';
import { compress, decompress } from '../trace/codec/compression.ts';
import { decodeEventFrame, EventFrameBuilder } from '../trace/codec/event-frame.ts';
import { type TapeOptions, type TapeStart, TapeWriter } from '../trace/codec/tape-writer.ts';
import {
  type EventDecl,
  type EventSink,
  eventByName,
  type FieldsOf,
  keptAt,
  type Level,
} from '../trace/events/index.ts';

/** Pieces that what is kept is made of: as the oldest goes as a whole, up to one of them more is kept than was asked for. */
const PIECES = 4;
/** How much memory events may take. */
interface EventBounds {
  /** A piece ends where its events take so many bytes. */
  readonly piece: number;
  /** The oldest go where all together do. */
  readonly all: number;
  /** They are looked at after so many counts at most. */
  readonly every: number;
}
const EVENT_BOUNDS: EventBounds = { piece: 32 * 2 ** 20, all: 256 * 2 ** 20, every: 2 ** 24 };
/** zstd's level (RFC 8878): the fastest that pays. */
const LEVEL = 1;

/** A machine between two instructions. */
interface Moment {
  readonly icount: number;
  readonly instructions: number;
  readonly parts: readonly SavedPart[];
  readonly memory: MemoryImage;
  readonly root: Uint8Array;
}
interface Piece {
  /** Where it begins; null with the machine as it is built. */
  readonly begin: Moment | null;
  /** Its events, compressed, with their sizes. */
  readonly frames: { readonly bytes: Uint8Array; readonly rawBytes: number }[];
  bytes: number;
}

/**
 * Keeps the last part of a run, in memory: states of the machine that share what is the same, and the events since the oldest. From
 * them it makes a tape that begins at that state.
 */
export class FlightRecorder implements EventSink, Look {
  readonly #machine: Machine;
  readonly #counts: number;
  readonly #level: Level;
  readonly #bounds: EventBounds;
  /** Memory as the machine was built. */
  readonly #built: MemoryImage;
  readonly #pieces: Piece[] = [{ begin: null, frames: [], bytes: 0 }];
  readonly #building = new EventFrameBuilder();
  at: { readonly icount: number };

  /** @param counts how much is kept at least, as long as its events do not take too much memory */
  constructor(machine: Machine, counts: number, level: Level, bounds = EVENT_BOUNDS) {
    this.#bounds = bounds;
    this.#machine = machine;
    this.#counts = counts;
    this.#level = level;
    this.#built = machine.ram.image();
    this.at = this.#next();
    machine.lookAt(this);
  }

  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    if (!keptAt(this.#level, decl)) return;
    this.#building.push(decl, fields);
    if (this.#building.full) this.#closeFrame();
  }

  look(): void {
    const { icount } = this.#machine;
    if (icount >= this.#due || this.#last.bytes >= this.#bounds.piece) this.#endPiece();
    this.at = this.#next();
  }
  /** The count at which the piece is long enough. */
  get #due(): number {
    return (this.#last.begin?.icount ?? 0) + Math.ceil(this.#counts / PIECES);
  }
  #next(): { readonly icount: number } {
    return { icount: Math.min(this.#due, this.#machine.icount + this.#bounds.every) };
  }
  #endPiece(): void {
    const { icount, instructions, parts, ram } = this.#machine;
    this.#closeFrame();
    const memory = ram.image();
    const begin = { icount, instructions, parts: saveParts(parts), memory, root: Uint8Array.from(ram.hash().root) };
    this.#pieces.push({ begin, frames: [], bytes: 0 });
    while (this.#oldestIsTooMuch(icount)) this.#pieces.shift();
  }

  #oldestIsTooMuch(icount: number): boolean {
    const second = this.#pieces[1]?.begin;
    if (!second) return false;
    const bytes = this.#pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    return icount - second.icount >= this.#counts || bytes > this.#bounds.all;
  }

  get #last(): Piece {
    return must(this.#pieces.at(-1), 'a piece');
  }
  #closeFrame(): void {
    if (this.#building.count === 0) return;
    const raw = this.#building.take(0);
    const bytes = compress(raw, LEVEL);
    this.#last.frames.push({ bytes, rawBytes: raw.length });
    this.#last.bytes += bytes.length;
  }

  /** Makes the tape of what is kept. @param diskPages puts what the guest has read of its disks on it. @throws Failure */
  write(
    path: string,
    start: TapeStart,
    options: TapeOptions,
    end: EndOfRun,
    diskPages: (writer: TapeWriter) => void,
  ): TapeWriter {
    this.#closeFrame();
    const [first] = this.#pieces;
    const begin = first?.begin ? { begin: { icount: first.begin.icount } } : {};
    const writer = TapeWriter.create(path, { ...start, ...begin }, options);
    diskPages(writer);
    let memory = this.#built;
    for (const piece of this.#pieces) {
      if (piece.begin !== null) {
        this.#checkpoint(writer, piece.begin, memory);
        memory = piece.begin.memory;
      }
      for (const { bytes, rawBytes } of piece.frames)
        for (const event of decodeEventFrame(decompress(bytes, rawBytes)).events())
          (writer as EventSink).emit(must(eventByName(event.kind), 'a known event'), event as never);
    }
    writer.finish(end);
    return writer;
  }

  #checkpoint(writer: TapeWriter, { icount, instructions, parts, memory, root }: Moment, before: MemoryImage): void {
    const pages = [...memory.differences(before)].map(
      ([page, content]): ChangedPage => ({
        page,
        digest: content?.digest ?? null,
        bytes: content?.bytes() ?? new Uint8Array(PAGE_BYTES),
        before: before.page(page)?.bytes() ?? null,
      }),
    );
    if (writer.checkpoint({ icount, instructions, parts, memory: () => ({ pages, root }) })) return;
    throw new Failure(
      `the state of the machine at icount ${icount} is too large for a tape; record without --keep-last`,
    );
  }
}
