import { unpackWhole } from '../../host/unpack.ts';

// System V ABI, chapter 4, "Compression Header": which packing, and how much is packed.
const PACKINGS = { 1: 'zlib', 2: 'zstd' } as const;
const HEADER = { 4: { bytes: 12, size: 4 }, 8: { bytes: 24, size: 8 } } as const;
/** No section of debugging information that anybody has is larger. */
const UNPACKED_BYTES_MAX = 2 ** 28;

/** What a compressed section of an ELF stands for; undefined where it is damaged, or packed in no known way. @param wordBytes of the ELF's class */
export function unpackSection(bytes: Uint8Array, wordBytes: 4 | 8): Uint8Array | undefined {
  const header = HEADER[wordBytes];
  if (bytes.length < header.bytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packing = PACKINGS[view.getUint32(0, true) as keyof typeof PACKINGS];
  const size = wordBytes === 8 ? Number(view.getBigUint64(header.size, true)) : view.getUint32(header.size, true);
  if (packing === undefined || size > UNPACKED_BYTES_MAX) return undefined;
  try {
    return unpackWhole(bytes.subarray(header.bytes), packing, Math.max(1, size));
  } catch {
    return undefined;
  }
}
