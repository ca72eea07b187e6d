// trace/: the tape: its vocabulary of events and its codec, as FORMAT.md has them.

import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import { PAGE_BYTES } from '../base/page.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** Every bound of the tape. A reader checks them before it allocates, a writer keeps within them. */
export const tapeLimits = {
  /** Payload of one frame before compression. */
  frameRawBytesMax: 4 * MiB,
  /** Payload of one frame as stored; zstd may grow what does not compress. */
  frameStoredBytesMax: 4 * MiB + 64 * KiB,
  /** Frames of one tape; at 16384 events a frame, 17 thousand million events. */
  framesMax: 1 << 20,
  /** Events of one frame, so that a killed recording loses few of them. */
  frameEventsMax: 1 << 14,
  /** Icounts one frame may span, for the same reason where events are rare: a quarter of a second of virtual time. */
  frameIcountSpanMax: 2 ** 28,
  /** Text and bytes of one frame's events; a frame is closed as soon as it holds more. */
  frameBlobBytesMax: 1 * MiB,
  /** Text or bytes of one field. */
  fieldBytesMax: 256 * KiB,
  /** The header's and the host information's msgpack. */
  metaBytesMax: 1 * MiB,
  /** Fields of one event with its icount, vCPU and tag, each ten bytes at most; a test compares with the declarations. */
  eventColumnsMax: 12,
  /** Text and bytes fields of one event; likewise. */
  eventBlobsMax: 4,
  /** Index frames hold a slice of the frame table each. */
  indexEntriesPerFrameMax: 1 << 16,
  /** What an event takes at most beside its text and bytes: its columns, and the heads of these where it is the only one of its kind. */
  eventOverheadBytesMax: 256,
  msgpackDepthMax: 16,
  /** Values of msgpack that a frame may hold, keys counted: a byte of it can become an object of a hundred. */
  msgpackValuesMax: {
    meta: 1 << 14,
    events: 1 << 12,
    index: 1 << 19,
    end: 64,
    pageTable: 8,
    diskPages: 8,
    checkpoint: 32,
    parts: 1 << 16,
  },
  /** Pages of one page set: a mebibyte, so that one page can be read without much beside it. */
  pageSetPagesMax: 256,
  /** Rows of one page table. */
  pageTableRowsMax: 1 << 14,
  /** Pages of a guest's RAM and flash, and those of its disks that it has written to. */
  pagesMax: (limits.ramBytesMax + limits.flashBytesMax) / PAGE_BYTES + limits.overlayPagesMax,
  /** The highest number of a page: RAM and flash have the first, and behind them all disks. */
  pageNumberMax:
    (limits.ramBytesMax + limits.flashBytesMax) / PAGE_BYTES + limits.disksMax * (limits.diskBytesMax / PAGE_BYTES) - 1,
  disksMax: limits.disksMax,
  /** Pages of one disk. */
  diskPagesMax: limits.diskBytesMax / PAGE_BYTES,
  /** Rows of one frame of disk pages: a mebibyte of them. */
  diskFrameRowsMax: 256,
  /** Pages of disks on one tape: sixteen gibibytes that a guest has read. */
  diskRowsMax: 1 << 22,
  /** What a tape says of a disk's file. */
  diskFileBytesMax: 4096,
  /** Contents of pages on one tape: eight gibibytes of them, whose digests are 64 MiB. A writer makes no checkpoints beyond. */
  contentsMax: 1 << 21,
  /** So many contents lie between one and a whole one that it is told by: so much is unpacked for a page. */
  contentDepthMax: 4,
  /** The states of a machine's parts in one checkpoint; of one that holds more there is none. */
  partsBytesMax: 4 * MiB - 64 * KiB,
  /** Checkpoints of one tape. */
  checkpointsMax: 1 << 16,
  /** Images of one tape: kernel, initrd, device tree, disks. */
  imagesMax: 64,
  imageNameBytesMax: 256,
  imageBytesMax: limits.imageBytesMax,
  /** All images of a tape. */
  imagesTotalBytesMax: limits.imagesTotalBytesMax,
  producerBytesMax: 256,
  /** How far a scan looks for the next whole frame after damage. */
  resyncBytesMax: 64 * MiB,
  /** Look-alikes of a frame header tried within that distance. */
  resyncCandidatesMax: 1 << 16,
  /** Damaged places reported before the rest of a tape is given up. */
  damagesMax: 64,
} as const;

assert(tapeLimits.frameRawBytesMax < tapeLimits.frameStoredBytesMax, 'an incompressible frame must fit');
assert(tapeLimits.metaBytesMax <= tapeLimits.frameRawBytesMax, 'the header is one frame');
assert(
  tapeLimits.frameEventsMax * 10 * tapeLimits.eventColumnsMax +
    tapeLimits.frameBlobBytesMax +
    tapeLimits.eventBlobsMax * tapeLimits.fieldBytesMax <
    tapeLimits.frameRawBytesMax - 64 * KiB,
  'the largest frame of events is within the bound of a frame',
);
assert(
  (10 + 1 + 5) * (tapeLimits.eventColumnsMax + 1) + 16 <= tapeLimits.eventOverheadBytesMax,
  'an event alone of its kind is within its bound: a value, its encoding, the head of its column',
);
assert(
  tapeLimits.indexEntriesPerFrameMax * 7 < tapeLimits.msgpackValuesMax.index &&
    255 * (2 + tapeLimits.eventColumnsMax) + 8 < tapeLimits.msgpackValuesMax.events,
  'whole frames are within the bounds of msgpack values',
);
assert(
  tapeLimits.resyncBytesMax > 2 * tapeLimits.frameStoredBytesMax,
  'a scan must be able to step over a damaged frame',
);
assert(
  tapeLimits.pageSetPagesMax * PAGE_BYTES <= tapeLimits.frameRawBytesMax &&
    tapeLimits.pageTableRowsMax * (10 + 10 + 32 + 10) + 64 * KiB < tapeLimits.frameRawBytesMax &&
    tapeLimits.pageTableRowsMax <= tapeLimits.frameEventsMax,
  'whole page sets and page tables are within the bound of a frame, and their columns within that of a column',
);
