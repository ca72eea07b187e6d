import { Failure } from '../../base/failure.ts';
import type { Compression } from '../../host/unpack.ts';
import { unpack } from './unpack.ts';

/** The EFI zboot header (Linux drivers/firmware/efi/libstub/zboot-header.S). */
const AT = { type: 4, payloadOffset: 8, payloadBytes: 12, compression: 24, compressionEnd: 56 } as const;
const HEADER_BYTES = 64;

const text = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to)).replace(/\0.*$/s, '');

/** By its two magic numbers: the one of PE/COFF, and "zimg" behind it. */
export const isZboot = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES && text(bytes, 0, 2) === 'MZ' && text(bytes, AT.type, AT.payloadOffset) === 'zimg';

/** Linux names zstd by its level, "zstd22"; the others by their bare names. */
const compressionOf = (named: string): Compression | undefined =>
  named === 'gzip' ? 'gzip' : /^zstd\d*$/.test(named) ? 'zstd' : undefined;

/** The kernel within an EFI zboot image. @throws Failure when it is damaged or packed otherwise than by gzip or zstd */
export function unpackZboot(bytes: Uint8Array, name: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = view.getUint32(AT.payloadOffset, true);
  const size = view.getUint32(AT.payloadBytes, true);
  if (offset + size > bytes.length)
    throw new Failure(
      `${name}: this EFI zboot image is cut: its payload ends at ${offset + size} of ${bytes.length} bytes`,
    );
  const named = text(bytes, AT.compression, AT.compressionEnd).replace(/[^\x20-\x7e]/g, '?');
  const compression = compressionOf(named);
  if (!compression)
    throw new Failure(
      `${name}: this EFI zboot image is packed with '${named}'; gzip and zstd can be unpacked, build it so`,
    );
  return unpack(bytes.subarray(offset, offset + size), compression, name);
}
