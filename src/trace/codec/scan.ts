import { placeOf } from '../../base/bytes.ts';
import { tapeLimits } from '../limits.ts';
import type { Room, Rooms } from './compression.ts';
import { Damage, expect } from './damage.ts';
import {
  checkStored,
  decodeFrameHeader,
  decodePayload,
  type FrameHeader,
  FrameKind,
  frameHeaderBytes,
  frameMagic,
  isCache,
  preambleBytes,
} from './frame.ts';
import { decodeEnd, decodeIndex, decodeTrailer, entryOf, type FrameEntry, trailerBytes } from './frame-table.ts';
import type { TapeFile } from './tape-file.ts';

/** A place of a tape that does not hold what was written there. */
export interface DamagedPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly what: string;
  /** May frames have stood here? */
  readonly framesLost: boolean;
}

/** The frames of a tape, and what is wrong with it. */
export interface FrameTable {
  readonly frames: readonly FrameEntry[];
  readonly damages: readonly DamagedPlace[];
  /** Frames of checkpoints that are damaged: nothing but time is lost with them. */
  readonly cacheDamages: readonly DamagedPlace[];
  /** Where a tape that was not finished stops; undefined where it has its end. */
  readonly cutAt: number | undefined;
}

/** Events on the tape, as its frames announce them. */
export const eventCount = (frames: readonly FrameEntry[]): number =>
  frames.reduce((sum, frame) => sum + (frame.kind === FrameKind.events ? frame.count : 0), 0);

/** The bytes of the frame at `entry`, header and stored payload, checked but not unpacked; perhaps in `room`. */
export function readStored(
  file: TapeFile,
  entry: FrameEntry,
  room?: Room,
): { readonly header: FrameHeader; readonly bytes: Uint8Array } {
  const bytes = file.read(entry.offset, frameHeaderBytes + entry.storedBytes, room);
  const header = decodeFrameHeader(bytes);
  expect(header !== undefined, 'the header of the frame is damaged');
  const found = entryOf(entry.offset, header);
  const same = (Object.keys(entry) as (keyof FrameEntry)[]).every((key) => found[key] === entry[key]);
  expect(same, 'the frame is not the one the index lists');
  checkStored(header, bytes.subarray(frameHeaderBytes));
  return { header, bytes };
}

/** The payload of the frame at `entry`, perhaps in one of the rooms. */
export function readFrame(file: TapeFile, entry: FrameEntry, { stored, raw }: Rooms = {}): Uint8Array {
  const { header, bytes } = readStored(file, entry, stored);
  return decodePayload(header, bytes.subarray(frameHeaderBytes), raw);
}

/** The frame table from the index of a tape that was finished; undefined where there is none to be trusted. */
export function readIndex(file: TapeFile): FrameTable | undefined {
  const endOffset = decodeTrailer(file.read(file.size - trailerBytes, trailerBytes));
  if (endOffset === undefined) return undefined;
  try {
    const at = (offset: number, kind: number): { entry: FrameEntry; payload: Uint8Array } => {
      const header = decodeFrameHeader(file.read(offset, frameHeaderBytes));
      expect(header?.kind === kind, 'no such frame');
      const entry = entryOf(offset, header);
      return { entry, payload: readFrame(file, entry) };
    };
    const last = at(endOffset, FrameKind.end);
    const end = decodeEnd(last.payload);
    const frames: FrameEntry[] = [];
    const behind: FrameEntry[] = [];
    for (const offset of end.indexOffsets) {
      const { entry, payload } = at(offset, FrameKind.index);
      behind.push(entry);
      decodeIndex(payload, frames);
    }
    behind.push(last.entry);
    expect(frames.length === end.frames, 'the index is not complete');
    let expected = preambleBytes;
    for (const [sequence, frame] of [...frames, ...behind].entries()) {
      expect(frame.offset === expected && frame.sequence === sequence, 'the index has a hole');
      expected += frameHeaderBytes + frame.storedBytes;
    }
    expect(expected + trailerBytes === file.size && eventCount(frames) === end.events, 'the index does not add up');
    return { frames, damages: [], cacheDamages: [], cutAt: undefined };
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

/** Finds the frames by walking from header to header, checking each payload; steps over what is damaged. */
export function scanFrames(file: TapeFile): FrameTable {
  const frames: FrameEntry[] = [];
  const damages: DamagedPlace[] = [];
  const cacheDamages: DamagedPlace[] = [];
  let offset = preambleBytes;
  let sequence = 0;
  let resumed = false;
  while (offset < file.size && damages.length < tapeLimits.damagesMax && frames.length < tapeLimits.framesMax) {
    const found = wholeFrameAt(file, offset, sequence);
    if (typeof found === 'string') {
      const cache = cacheFrameAt(file, offset, sequence);
      if (cache !== undefined && cacheDamages.length < tapeLimits.damagesMax) {
        const bytes = frameHeaderBytes + cache.storedBytes;
        cacheDamages.push({ offset, bytes, what: found, framesLost: false });
        offset += bytes;
        sequence++;
        continue;
      }
      const next = nextFrame(file, offset + 1, sequence);
      if (next === undefined) return { frames, damages, cacheDamages, cutAt: offset };
      if (isSpare(file, next, sequence)) {
        offset = next;
        continue;
      }
      damages.push({ offset, bytes: next - offset, what: found, framesLost: true });
      offset = next;
      resumed = true;
      continue;
    }
    const missing = found.sequence - sequence;
    if (missing > 0 && !resumed) {
      damages.push({ offset, bytes: 0, what: `${missing} frames are missing`, framesLost: true });
    }
    resumed = false;
    offset += frameHeaderBytes + found.storedBytes;
    sequence = found.sequence + 1;
    if (found.kind === FrameKind.end) {
      // Where the end counts what was found, the damage hit something else than frames of the table.
      const framesLost = !endCounts(file, found, frames, cacheDamages.length);
      const before = damages.map((place) => ({ ...place, framesLost }));
      // A recording that was killed between the end and its trailer.
      if (file.size - offset < trailerBytes) return { frames, damages: before, cacheDamages, cutAt: offset };
      return { frames, damages: [...before, ...afterEnd(file, offset, found)], cacheDamages, cutAt: undefined };
    }
    if (found.kind !== FrameKind.index) frames.push(found);
    // What stands behind a tail is the beginning of what was to take its place.
    if (found.provisional) break;
  }
  return { frames, damages, cacheDamages, cutAt: offset };
}

/** The header of a checkpoint's frame at `offset` whose payload is damaged, and within the file. */
function cacheFrameAt(file: TapeFile, offset: number, sequence: number): FrameHeader | undefined {
  const header = decodeFrameHeader(file.read(offset, frameHeaderBytes));
  if (header === undefined || !isCache(header.kind) || header.sequence !== sequence) return undefined;
  return offset + frameHeaderBytes + header.storedBytes < file.size ? header : undefined;
}

/** Is this the spare copy of a frame that was being written, with this number, when the recording was killed? */
function isSpare(file: TapeFile, offset: number, sequence: number): boolean {
  const header = decodeFrameHeader(file.read(offset, frameHeaderBytes));
  return header?.provisional === true && header.sequence === sequence;
}

function endCounts(file: TapeFile, entry: FrameEntry, frames: readonly FrameEntry[], damaged: number): boolean {
  try {
    const end = decodeEnd(readFrame(file, entry));
    return end.frames === frames.length + damaged && end.events === eventCount(frames);
  } catch (error) {
    if (error instanceof Damage) return false;
    throw error;
  }
}

/** What stands at `offset`, behind the end frame, besides the trailer. */
function afterEnd(file: TapeFile, offset: number, end: FrameEntry): DamagedPlace[] {
  const bytes = file.size - offset;
  if (bytes === trailerBytes && decodeTrailer(file.read(offset, trailerBytes)) === end.offset) return [];
  return [
    { offset, bytes, what: bytes > trailerBytes ? 'bytes after the end' : 'the trailer is damaged', framesLost: false },
  ];
}

/** The whole frame at `offset`, or what is wrong with it. `sequence` is the lowest number it may have. */
function wholeFrameAt(file: TapeFile, offset: number, sequence: number): FrameEntry | string {
  const header = decodeFrameHeader(file.read(offset, frameHeaderBytes));
  if (header === undefined) return 'the header of a frame is damaged';
  if (header.sequence < sequence) return 'a frame out of order';
  try {
    checkStored(header, file.read(offset + frameHeaderBytes, header.storedBytes));
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  }
  return entryOf(offset, header);
}

/** The next whole frame header from `from` on. */
function nextFrame(file: TapeFile, from: number, sequence: number): number | undefined {
  const stop = Math.min(file.size, from + tapeLimits.resyncBytesMax);
  const windowBytes = 1 << 20;
  let candidates = 0;
  for (let base = from; base < stop; base += windowBytes) {
    // Windows overlap by a header, so that one across their border is seen whole.
    const bytes = file.read(base, windowBytes + frameHeaderBytes);
    for (let at = placeOf(bytes, frameMagic); at >= 0 && at < windowBytes; at = placeOf(bytes, frameMagic, at + 1)) {
      if (++candidates > tapeLimits.resyncCandidatesMax) return undefined;
      const header = decodeFrameHeader(bytes.subarray(at, at + frameHeaderBytes));
      if (
        header !== undefined &&
        header.sequence >= sequence &&
        base + at + frameHeaderBytes + header.storedBytes <= file.size
      ) {
        return base + at;
      }
    }
  }
  return undefined;
}
