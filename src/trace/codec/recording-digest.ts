import { hexOf } from '../../base/bytes.ts';
import { sha256OfPieces } from '../../host/digests.ts';
import { FrameKind } from './frame.ts';
import type { TapeReader } from './tape-reader.ts';

function* recorded(reader: TapeReader): Generator<Uint8Array | string> {
  const { semantics, level, producer, machine, images } = reader.header;
  const named = images.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
  yield JSON.stringify({ semantics, level, producer, machine, images: named });
  for (const frame of reader.frames()) if (frame.kind === FrameKind.events) yield reader.payload(frame);
}

/**
 * SHA-256, in hexadecimal, of what was recorded, apart from how it is stored: header, images by their digests, events, as far as the tape
 * is whole. Checkpoints, which zstd packed it, and whether images are embedded make no difference.
 * @throws Damage: for those who have read the events before
 */
export const recordingDigest = (reader: TapeReader): string => hexOf(sha256OfPieces(recorded(reader)));
