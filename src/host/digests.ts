// host/: what the program needs of the machine that it runs on, and nothing else of it: files, digests, compression. Here with Node's.

import * as crypto from 'node:crypto';
import * as zlib from 'node:zlib';

/** SHA-256 (FIPS 180-4): 32 bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array => crypto.hash('sha256', bytes, 'buffer');
/** The same in hexadecimal. */
export const sha256Hex = (bytes: Uint8Array): string => crypto.hash('sha256', bytes, 'hex');
const ofImages = new WeakMap<Uint8Array, string>();
/** The same of an image, which nobody writes to once it is read: computed once, for whoever asks. */
export function sha256OfImage(bytes: Uint8Array): string {
  const digest = ofImages.get(bytes) ?? sha256Hex(bytes);
  ofImages.set(bytes, digest);
  return digest;
}
/** Of pieces that come one after the other; texts in UTF-8. */
export function sha256OfPieces(pieces: Iterable<Uint8Array | string>): Uint8Array {
  const digest = crypto.createHash('sha256');
  for (const piece of pieces) digest.update(piece);
  return digest.digest();
}

/** zlib's crc32: polynomial 0xedb88320. */
export const crc32 = (bytes: Uint8Array): number => zlib.crc32(bytes);
