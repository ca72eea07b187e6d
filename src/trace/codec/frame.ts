import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { crc32 } from '../../host/digests.ts';
import { shortened } from '../../host/zstd.ts';
import { tapeLimits } from '../limits.ts';
import { decompress, type Room } from './compression.ts';
import { expect } from './damage.ts';

/** A tape begins with this preamble; all numbers of the container are little-endian (FORMAT.md, "Container"). */
export const formatVersion = 1;
/** Bytes before the first frame. */
export const preambleBytes = 16;
/** The first byte is no ASCII, the line ends show a transfer as text: the idea of PNG's signature. */
const preambleMagic = Uint8Array.of(0x89, 0x48, 0x54, 0x50, 0x0d, 0x0a, 0x1a, 0x0a);

/** Bytes of a frame before its payload. */
export const frameHeaderBytes = 48;
/** What a frame begins with: by it frames are found behind damage. */
export const frameMagic = Uint8Array.of(0x89, 0x48, 0x54, 0x46);

/** Kinds from 0x80 on may not be skipped by a reader that does not know them. */
export const FrameKind = {
  header: 1,
  host: 2,
  image: 3,
  events: 4,
  checkpoint: 5,
  index: 6,
  end: 7,
  pageSet: 8,
  pageTable: 9,
  diskPages: 10,
  begin: 0x80,
} as const;
export type FrameKind = number;
/** Frames that save time alone: a tape replays the same without them. */
export const isCache = (kind: FrameKind): boolean =>
  kind === FrameKind.checkpoint || kind === FrameKind.pageSet || kind === FrameKind.pageTable;
/** A reader that does not know the kind may not pass the frame over. */
export const mustUnderstand = (kind: FrameKind): boolean => kind >= 0x80;
/** A kind that this program does not know and may not pass over. */
export const isStrange = (kind: FrameKind): boolean => mustUnderstand(kind) && kind !== FrameKind.begin;

/** Bits of a frame header's flags. */
const Flag = { compressed: 1, provisional: 2 } as const;
const flagsKnown = Flag.compressed | Flag.provisional;

/** What `start`, `end` and `count` mean depends on the kind: FORMAT.md, "Frame". */
export interface FrameRange {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** What a frame says of itself (FORMAT.md). */
export interface FrameHeader extends FrameRange {
  readonly kind: FrameKind;
  readonly compressed: boolean;
  /** A copy of the events of the frame that is still being filled, which that frame will overwrite. */
  readonly provisional: boolean;
  /** The frame's number on the tape, from 0. */
  readonly sequence: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly payloadCrc: number;
}

/** What every tape begins with. */
export function encodePreamble(): Uint8Array {
  const out = new Uint8Array(preambleBytes);
  const view = new DataView(out.buffer);
  out.set(preambleMagic);
  view.setUint32(8, formatVersion, true);
  view.setUint32(12, crc32(out.subarray(0, 12)), true);
  return out;
}

const startsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean =>
  bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte);

/** By its first bytes. */
export const isTape = (bytes: Uint8Array): boolean => startsWith(bytes, preambleMagic);

/** The format version, or undefined where the preamble is damaged. */
export function decodePreamble(bytes: Uint8Array): number | undefined {
  if (bytes.length < preambleBytes || !isTape(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint32(12, true) === crc32(bytes.subarray(0, 12)) ? view.getUint32(8, true) : undefined;
}

/** A frame as it goes to the tape, in two pieces: what is stored may be large, and is not copied to stand behind its header. */
export interface EncodedFrame {
  readonly head: Uint8Array;
  readonly stored: Uint8Array;
}

/**
 * A payload that zstd does not shorten is stored as it is.
 * @param into where what zstd makes of it may be put
 */
export function encodeFrame(
  kind: FrameKind,
  sequence: number,
  raw: Uint8Array,
  level: number,
  range: FrameRange = { start: 0, end: 0, count: 0 },
  into?: Uint8Array,
): EncodedFrame {
  assertFrameBytes(raw.length);
  return frameOf(kind, sequence, { rawBytes: raw.length, stored: shortened(raw, level, into) }, range);
}
const assertFrameBytes = (rawBytes: number): void =>
  assert(rawBytes > 0 && rawBytes <= tapeLimits.frameRawBytesMax, `a frame of ${rawBytes} bytes`);

/** Likewise, of a payload that is shortened already, where it could be. */
export function frameOf(
  kind: FrameKind,
  sequence: number,
  { rawBytes, stored }: { readonly rawBytes: number; readonly stored: Uint8Array },
  range: FrameRange,
): EncodedFrame {
  assertFrameBytes(rawBytes);
  const head = new Uint8Array(frameHeaderBytes);
  const view = new DataView(head.buffer);
  head.set(frameMagic);
  view.setUint8(4, kind);
  view.setUint8(5, stored.length < rawBytes ? Flag.compressed : 0);
  view.setUint32(8, sequence, true);
  view.setUint32(12, stored.length, true);
  view.setUint32(16, rawBytes, true);
  view.setUint32(20, range.count, true);
  view.setBigUint64(24, BigInt(range.start), true);
  view.setBigUint64(32, BigInt(range.end), true);
  view.setUint32(40, crc32(stored), true);
  seal(view);
  return { head, stored };
}
/** Puts a header's checksum behind it. */
function seal(header: DataView): void {
  header.setUint32(44, crc32(new Uint8Array(header.buffer, header.byteOffset, 44)), true);
}

/** The header of a frame, marked as that of one that will be overwritten. */
export function asProvisional(head: Uint8Array): Uint8Array {
  return changed(head, (view) => view.setUint8(5, view.getUint8(5) | Flag.provisional));
}

/** A frame as it is on a tape, with another sequence number, as one that stays. */
export function renumbered(frame: Uint8Array, sequence: number): EncodedFrame {
  const head = changed(frame.subarray(0, frameHeaderBytes), (view) => {
    view.setUint8(5, view.getUint8(5) & ~Flag.provisional);
    view.setUint32(8, sequence, true);
  });
  return { head, stored: frame.subarray(frameHeaderBytes) };
}

function changed(head: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const out = Uint8Array.from(head);
  const view = new DataView(out.buffer);
  change(view);
  seal(view);
  return out;
}

/** The header in the first 48 of `bytes`, or undefined where they are none. */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < frameHeaderBytes || !startsWith(bytes, frameMagic)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(44, true) !== crc32(bytes.subarray(0, 44))) return undefined;
  const flags = view.getUint8(5);
  const header: FrameHeader = {
    kind: view.getUint8(4),
    compressed: (flags & Flag.compressed) !== 0,
    provisional: (flags & Flag.provisional) !== 0,
    sequence: view.getUint32(8, true),
    storedBytes: view.getUint32(12, true),
    rawBytes: view.getUint32(16, true),
    count: view.getUint32(20, true),
    start: Number(view.getBigUint64(24, true)),
    end: Number(view.getBigUint64(32, true)),
    payloadCrc: view.getUint32(40, true),
  };
  const sound =
    (flags & ~flagsKnown) === 0 &&
    (!header.provisional || header.kind === FrameKind.events) &&
    view.getUint16(6, true) === 0 &&
    header.storedBytes > 0 &&
    header.storedBytes <= tapeLimits.frameStoredBytesMax &&
    header.rawBytes > 0 &&
    header.rawBytes <= tapeLimits.frameRawBytesMax &&
    (header.compressed || header.storedBytes === header.rawBytes) &&
    header.start <= header.end &&
    header.end <= Number.MAX_SAFE_INTEGER &&
    header.sequence < tapeLimits.framesMax &&
    isPlausible(header);
  return sound ? header : undefined;
}

/** Bounds by kind, before anything is read or unpacked. */
function isPlausible({ kind, rawBytes, start, end, count }: FrameHeader): boolean {
  switch (kind) {
    case FrameKind.header:
    case FrameKind.host:
      return rawBytes <= tapeLimits.metaBytesMax && end === 0 && count === 0;
    case FrameKind.image:
      return count < tapeLimits.imagesMax && end - start === rawBytes && end <= tapeLimits.imageBytesMax;
    case FrameKind.events:
      return count > 0 && count <= tapeLimits.frameEventsMax && rawBytes <= eventBytesMax(count);
    case FrameKind.index:
    case FrameKind.end:
      return end === 0 && count === 0;
    case FrameKind.pageSet:
      return (
        count > 0 &&
        count <= tapeLimits.pageSetPagesMax &&
        rawBytes === count * PAGE_BYTES &&
        end - start === count &&
        end <= tapeLimits.contentsMax
      );
    case FrameKind.pageTable:
      return (
        count > 0 &&
        count <= tapeLimits.pageTableRowsMax &&
        start === end &&
        rawBytes <= count * pageRowBytesMax + pageTableHeadBytesMax
      );
    case FrameKind.diskPages:
      return (
        count > 0 &&
        count <= tapeLimits.diskFrameRowsMax &&
        end - start <= count &&
        end <= tapeLimits.diskRowsMax &&
        rawBytes <= count * (pageRowBytesMax + PAGE_BYTES) + pageTableHeadBytesMax
      );
    case FrameKind.checkpoint:
      return start === end;
    case FrameKind.begin:
      return start === end && count === 0 && rawBytes <= beginBytesMax;
    default:
      return true;
  }
}

/** A map of some words and numbers, to which others may come. */
const beginBytesMax = 1024;

/** A page number, a content number, a digest and a base; the array and its columns. */
const pageRowBytesMax = 10 + 10 + 32 + 10;
const pageTableHeadBytesMax = 64;

/** What so many events can take at most before compression: columns of ten bytes a value, text and bytes. */
const eventBytesMax = (count: number): number => {
  const { eventOverheadBytesMax, eventBlobsMax, fieldBytesMax, frameBlobBytesMax } = tapeLimits;
  const blobs = Math.min(count * eventBlobsMax * fieldBytesMax, frameBlobBytesMax + eventBlobsMax * fieldBytesMax);
  return (count + 1) * eventOverheadBytesMax + blobs;
};

/** Are these the stored bytes that were written? Damage otherwise. */
export function checkStored(header: FrameHeader, stored: Uint8Array): void {
  expect(stored.length === header.storedBytes, 'the frame is cut off');
  expect(crc32(stored) === header.payloadCrc, 'the checksum of the frame is wrong');
}

/** The payload of a frame whose stored bytes were checked, in `room` where it is compressed. @throws Damage */
export function decodePayload(header: FrameHeader, stored: Uint8Array, room?: Room): Uint8Array {
  return header.compressed ? decompress(stored, header.rawBytes, room) : stored;
}
