import { ZstdError, zstd } from '../../host/zstd.ts';
import { tapeLimits } from '../limits.ts';
import { Damage } from './damage.ts';

/** @param level zstd's */
export const compress = (raw: Uint8Array, level: number): Uint8Array => zstd().compress(raw, level);

/** Whose memory something is put into. */
export interface Room {
  /** So many bytes of it. */
  take(bytes: number): Uint8Array;
}
/** Where a frame is put as it is stored and, if it is compressed, as it was; new memory where there is no such room. */
export interface Rooms {
  readonly stored?: Room;
  readonly raw?: Room;
}
/** Memory for one frame after the other, where none is looked at any more when the next one is read. */
export class Scratch implements Room {
  #bytes = new Uint8Array(0);
  take(bytes: number): Uint8Array {
    if (this.#bytes.length < bytes) this.#bytes = new Uint8Array(bytes);
    return this.#bytes.subarray(0, bytes);
  }
}

/** The `rawBytes` bytes that were packed. @throws Damage */
export function decompress(packed: Uint8Array, rawBytes: number, room?: Room): Uint8Array {
  try {
    return zstd().decompress(packed, rawBytes, tapeLimits.frameRawBytesMax, room?.take(rawBytes));
  } catch (error) {
    throw error instanceof ZstdError ? new Damage(error.message) : error;
  }
}
