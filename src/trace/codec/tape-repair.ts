import { Failure } from '../../base/failure.ts';
import { OutputFile } from '../../host/output-file.ts';
import { isSystemError, systemError } from '../../host/system-error.ts';
import type { FieldsOf } from '../events/event.ts';
import { runEnd } from '../events/index.ts';
import { Damage } from './damage.ts';
import { withoutBytes } from './disk-frames.ts';
import { decodeEventFrame, EventFrameBuilder } from './event-frame.ts';
import { FrameKind, isCache, renumbered } from './frame.ts';
import type { FrameEntry } from './frame-table.ts';
import { FrameWriter } from './frame-writer.ts';
import { encodeHeader } from './header.ts';
import type { TapeReader } from './tape-reader.ts';
import { unfinishedTape } from './tape-writer.ts';

/** What a repair has kept of a tape. */
export interface Repaired {
  /** Events of the recording, and the icount of the last. */
  readonly events: number;
  readonly icount: number;
  /** Whether the recording's own end was there; otherwise the new tape has an open one. */
  readonly end: 'kept' | 'open';
  /** Sound frames that could not be kept, because something before them is lost. */
  readonly framesLeftOut: number;
}

/** What is kept of a tape's frames of events. */
interface Kept {
  readonly frames: readonly FrameEntry[];
  readonly events: number;
  readonly icount: number;
  readonly hasEnd: boolean;
}

/**
 * Writes a whole tape of what a cut or damaged one still holds: header, images, and the events up to the first that is lost. Where
 * the recording's end is not among them the new tape ends there with an open end, which claims nothing of the state.
 * @throws Failure where header or images are not whole, or the new tape cannot be written
 */
export function repairTape(reader: TapeReader, path: string, force: boolean): Repaired {
  reader.checkImages();
  if (reader.begin !== undefined && reader.soundCheckpoints().length === 0)
    throw new Failure(
      `cannot repair ${reader.path}: the checkpoint that it begins at is damaged; nothing of it replays`,
    );
  const kept = keptEvents(reader);
  return writeFrames(path, force, (writer) => {
    const frames = copyFrames(reader, writer, inPlace(reader, kept));
    const framesLeftOut = reader.frames().length - frames;
    if (!kept.hasEnd) appendOpenEnd(writer, kept);
    writer.finish(kept.events + (kept.hasEnd ? 0 : 1));
    return { events: kept.events, icount: kept.icount, end: kept.hasEnd ? 'kept' : 'open', framesLeftOut };
  });
}

/** What was left out of a tape. */
export interface Stripped {
  readonly checkpoints: number;
  /** Of the tape's bytes, those left out. */
  readonly bytes: number;
}

/**
 * Writes a tape without its checkpoints, but for one that it begins at: what a recording without them would have made.
 * @param also what is left out too, of which the tape keeps the digests
 * @throws Failure where it is not whole, but for its checkpoints, or the new one cannot be written
 */
export function stripTape(
  reader: TapeReader,
  path: string,
  force: boolean,
  { images = false, disks = false }: { readonly images?: boolean; readonly disks?: boolean } = {},
): Stripped {
  const { damagedFrames, truncatedAt, summary } = reader.verify();
  if (damagedFrames.length > 0 || truncatedAt !== undefined)
    throw new Failure(`${reader.path} is ${summary}; make a whole tape of it with "hypertape repair" first`);
  const first = reader.begin === undefined ? undefined : reader.soundCheckpoints()[0];
  const begin = new Set(first?.frames);
  return writeFrames(path, force, (writer) => {
    const frames = reader.frames().filter((entry) => !isCache(entry.kind) || begin.has(entry));
    const { header } = reader;
    if (images || disks)
      writer.frame(
        FrameKind.header,
        encodeHeader({
          ...header,
          images: images ? header.images.map((image) => ({ ...image, embedded: false })) : header.images,
          ...(disks && header.disks ? { disks: header.disks.map((disk) => ({ ...disk, embedded: false })) } : {}),
        }),
      );
    for (const entry of frames) {
      const { kind, start, end, count } = entry;
      if ((kind === FrameKind.image && images) || (kind === FrameKind.header && (images || disks))) continue;
      if (kind === FrameKind.diskPages && disks)
        writer.frame(kind, withoutBytes(reader.payload(entry), entry), undefined, { start, end, count });
      else copyFrames(reader, writer, [entry]);
    }
    writer.finish(reader.eventCount);
    return {
      checkpoints: reader.checkpoints.length - (begin.size === 0 ? 0 : 1),
      bytes: reader.sizeBytes - writer.bytes,
    };
  });
}

/** Makes a tape of frames; where that fails, none is left. @throws Failure */
function writeFrames<T>(path: string, force: boolean, write: (writer: FrameWriter) => T): T {
  const file = OutputFile.create(path, { force, unfinished: unfinishedTape });
  try {
    const result = write(new FrameWriter(file));
    file.finish();
    return result;
  } catch (error) {
    file.discard();
    if (error instanceof Failure || !isSystemError(error)) throw error;
    throw new Failure(`cannot write ${path}: ${systemError(error)}; make room or choose another place for the tape`);
  }
}

/** Copies those that are sound; how many. */
function copyFrames(reader: TapeReader, writer: FrameWriter, entries: Iterable<FrameEntry>): number {
  let frames = 0;
  for (const entry of entries) {
    const bytes = stored(reader, entry);
    if (bytes === undefined) continue;
    const { start, end, count } = entry;
    writer.encoded(entry.kind, renumbered(bytes, writer.nextSequence), { start, end, count });
    frames++;
  }
  return frames;
}

/**
 * The frames that the new tape may have, where they belong: header, host information, beginning, images, what is not known; then events, and
 * such checkpoints as stand within them.
 */
function* inPlace(reader: TapeReader, kept: Kept): Generator<FrameEntry> {
  const frames = reader.frames();
  const first = (kind: number): FrameEntry[] => frames.filter((entry) => entry.kind === kind).slice(0, 1);
  const known = new Set<number>(Object.values(FrameKind));
  yield* first(FrameKind.header);
  yield* first(FrameKind.host);
  yield* first(FrameKind.begin);
  yield* reader.imageFrames();
  for (const entry of frames) if (!known.has(entry.kind)) yield entry;
  const within = reader.soundCheckpoints().filter(({ ordinal }) => ordinal <= kept.events);
  const last = new Set([...kept.frames, ...within.flatMap((checkpoint) => checkpoint.frames)]);
  const until = kept.frames.at(-1)?.offset ?? 0;
  for (const entry of frames)
    if (last.has(entry) || (entry.kind === FrameKind.diskPages && entry.offset < until)) yield entry;
}

function keptEvents(reader: TapeReader): Kept {
  const frames: FrameEntry[] = [];
  let events = 0;
  let icount = 0;
  for (const entry of reader.frames()) {
    // Without what the guest read of its disks then, nothing behind replays.
    if (entry.kind === FrameKind.diskPages && stored(reader, entry) === undefined) break;
    if (entry.kind !== FrameKind.events) continue;
    const endAt = endIn(reader, entry, events);
    if (endAt === undefined || (endAt >= 0 && endAt !== entry.count - 1)) break;
    frames.push(entry);
    events += entry.count;
    icount = Math.max(icount, entry.end);
    if (endAt >= 0) return { frames, events, icount, hasEnd: true };
  }
  return { frames, events, icount, hasEnd: false };
}

/** The place of the run's end in a frame, -1 where there is none; undefined where the frame does not follow those before it. */
function endIn(reader: TapeReader, entry: FrameEntry, ordinal: number): number | undefined {
  try {
    const frame = decodeEventFrame(reader.payload(entry));
    frame.check();
    const isSame = frame.count === entry.count && frame.start === entry.start && frame.end === entry.end;
    return isSame && frame.firstOrdinal === ordinal ? frame.tags.indexOf(runEnd.tag) : undefined;
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

/** The frame as it is on the tape; undefined where it is damaged. */
function stored(reader: TapeReader, entry: FrameEntry): Uint8Array | undefined {
  try {
    return reader.stored(entry);
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

function appendOpenEnd(writer: FrameWriter, { events, icount }: Kept): void {
  const end: FieldsOf<typeof runEnd> = {
    at: icount,
    vcpu: 0,
    outcome: 'interrupted',
    reason: 'the recording was cut off here',
    stateHash: '',
    consoleSha256: '',
  };
  const builder = new EventFrameBuilder();
  builder.push(runEnd, end);
  const range = { start: builder.start, end: builder.end, count: builder.count };
  writer.frame(FrameKind.events, builder.encode(events), undefined, range);
}
