// trace/: the tape: its vocabulary of events and its codec, as FORMAT.md has them.

import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';

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
  msgpackDepthMax: 16,
  /** Images of one tape: kernel, initrd, device tree, disks. */
  imagesMax: 64,
  imageNameBytesMax: 256,
  imageBytesMax: limits.imageBytesMax,
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
  tapeLimits.resyncBytesMax > 2 * tapeLimits.frameStoredBytesMax,
  'a scan must be able to step over a damaged frame',
);
