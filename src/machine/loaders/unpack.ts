import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { mebibytes } from './read-image.ts';

/** Packings that can be undone: gzip (RFC 1952), Zstandard (RFC 8878). */
export type Compression = 'gzip' | 'zstd';

const unpackers = { gzip: gunzipSync, zstd: zstdDecompressSync } as const;

/**
 * Unpacks a compressed image, bounded whatever its headers claim.
 * @throws Failure when it is damaged or unpacks to too much
 */
export function unpack(
  bytes: Uint8Array,
  compression: Compression,
  name: string,
  bytesMax: number = limits.unpackedImageBytesMax,
): Uint8Array {
  try {
    return unpackers[compression](bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new Failure(`${name}: unpacks to more than ${mebibytes(bytesMax)}, no kernel does; check the file`);
    throw new Failure(`${name}: its ${compression} data is damaged or cut (${code}); fetch or build it again`);
  }
}
