import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** Packings that can be undone: gzip (RFC 1952), zlib (RFC 1950), Zstandard (RFC 8878), deflate by itself (RFC 1951). */
export type Compression = 'gzip' | 'zlib' | 'zstd' | 'deflate';

const unpackers = { gzip: gunzipSync, zlib: inflateSync, zstd: zstdDecompressSync, deflate: inflateRawSync } as const;

/** What a packed file holds. @throws `code` ERR_BUFFER_TOO_LARGE where that is more than `bytesMax`, another where it is damaged */
export const unpackWhole = (bytes: Uint8Array, compression: Compression, bytesMax: number): Uint8Array =>
  unpackers[compression](bytes, { maxOutputLength: bytesMax });
