import { crc32 } from '../../host/digests.ts';
import { tapeLimits } from '../limits.ts';
import { expect } from './damage.ts';
import type { FrameHeader, FrameKind, FrameRange } from './frame.ts';
import { count, isMap, list, type Meta, member, pack, unpack } from './msgpack.ts';

/** Where a frame stands: what an index lists and a scan finds. */
export interface FrameEntry extends FrameRange {
  readonly kind: FrameKind;
  readonly provisional: boolean;
  readonly sequence: number;
  /** Of its header, from the start of the file. */
  readonly offset: number;
  /** Of its payload as stored. */
  readonly storedBytes: number;
}

/** The entry of a frame that lies at an offset of the file, by its header. */
export const entryOf = (offset: number, header: FrameHeader): FrameEntry => {
  const { kind, provisional, sequence, storedBytes, start, end, count } = header;
  return { kind, provisional, sequence, offset, storedBytes, start, end, count };
};

/** Slices of the frame table, one an index frame. The sequence number is the place in the table. */
export function encodeIndex(entries: readonly FrameEntry[]): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let i = 0; i < entries.length; i += tapeLimits.indexEntriesPerFrameMax) {
    const slice = entries.slice(i, i + tapeLimits.indexEntriesPerFrameMax);
    payloads.push(pack(slice.map((e) => [e.kind, e.offset, e.storedBytes, e.start, e.end, e.count])));
  }
  return payloads;
}

/** Appends a slice to `entries`. */
export function decodeIndex(payload: Uint8Array, entries: FrameEntry[]): void {
  for (const row of list(
    unpack(payload, tapeLimits.msgpackValuesMax.index),
    tapeLimits.indexEntriesPerFrameMax,
    'an index',
  )) {
    const cells = list(row, 6, 'a row of an index');
    const cell = (i: number, max?: number): number => count(cells[i], max ?? Number.MAX_SAFE_INTEGER, 'an index cell');
    expect(entries.length < tapeLimits.framesMax, 'too many frames');
    entries.push({
      kind: cell(0, 0xff),
      provisional: false,
      sequence: entries.length,
      offset: cell(1),
      storedBytes: cell(2, tapeLimits.frameStoredBytesMax),
      start: cell(3),
      end: cell(4),
      count: cell(5, 0xffff_ffff),
    });
  }
}

/** The end frame: where the index is and what the tape holds in all. */
export interface TapeEnd {
  readonly indexOffsets: readonly number[];
  readonly frames: number;
  readonly events: number;
}

/** The payload of an end frame (FORMAT.md). */
export const encodeEnd = (end: TapeEnd): Uint8Array =>
  pack({ index: [...end.indexOffsets], frames: end.frames, events: end.events });

/** Likewise, back. @throws Damage */
export function decodeEnd(payload: Uint8Array): TapeEnd {
  const map: Meta = unpack(payload, tapeLimits.msgpackValuesMax.end);
  expect(isMap(map), 'the end is no map');
  const indexFramesMax = tapeLimits.framesMax / tapeLimits.indexEntriesPerFrameMax;
  return {
    indexOffsets: member.list(map, 'index', indexFramesMax).map((at) => count(at, Number.MAX_SAFE_INTEGER, 'index')),
    frames: member.count(map, 'frames', tapeLimits.framesMax),
    events: member.count(map, 'events'),
  };
}

/** The last 16 bytes of a whole tape: the offset of its end frame, the checksum of that, a magic. */
export const trailerBytes = 16;
const trailerMagic = 0x4550_5448; // "HTPE"

/** The last bytes of a whole tape, which say where its end frame is (FORMAT.md). */
export function encodeTrailer(endOffset: number): Uint8Array {
  const out = new Uint8Array(trailerBytes);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(endOffset), true);
  view.setUint32(8, crc32(out.subarray(0, 8)), true);
  view.setUint32(12, trailerMagic, true);
  return out;
}

/** The offset of the end frame, or undefined where `bytes` are no trailer. */
export function decodeTrailer(bytes: Uint8Array): number | undefined {
  if (bytes.length !== trailerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const sound = view.getUint32(12, true) === trailerMagic && view.getUint32(8, true) === crc32(bytes.subarray(0, 8));
  return sound ? Number(view.getBigUint64(0, true)) : undefined;
}
