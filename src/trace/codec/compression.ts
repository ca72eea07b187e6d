import { ZstdError, zstd } from '../../host/zstd.ts';
import { tapeLimits } from '../limits.ts';
import { Damage } from './damage.ts';

/** @param level zstd's */
export const compress = (raw: Uint8Array, level: number): Uint8Array => zstd().compress(raw, level);

/** The `rawBytes` bytes that were packed. @throws Damage */
export function decompress(packed: Uint8Array, rawBytes: number): Uint8Array {
  try {
    return zstd().decompress(packed, rawBytes, tapeLimits.frameRawBytesMax);
  } catch (error) {
    throw error instanceof ZstdError ? new Damage(error.message) : error;
  }
}
