import { createRequire } from 'node:module';
import * as zlib from 'node:zlib';
import { Failure } from '../base/failure.ts';

/** An implementation of Zstandard (RFC 8878). */
export interface Zstd {
  readonly name: string;
  /** It may be put `into` memory of the caller's, where there is enough, which need not be done. */
  compress(raw: Uint8Array, level: number, into?: Uint8Array): Uint8Array;
  /**
   * The `rawBytes` bytes that `stored` holds: memory is bounded by what the caller has checked, not by what `stored` claims. Its window
   * is no larger than `windowBytes`, a power of two. They may be put `into` so many bytes of the caller's, which need not be done.
   * @throws ZstdError
   */
  decompress(stored: Uint8Array, rawBytes: number, windowBytes: number, into?: Uint8Array): Uint8Array;
}

/** What is no zstd data, or none of the size that was announced. */
export class ZstdError extends Error {}
const unreadable = (): ZstdError => new ZstdError('unreadable zstd data');
function checkLength(raw: Uint8Array, length: number): Uint8Array {
  if (raw.length !== length) throw new ZstdError('zstd data of another size than announced');
  return raw;
}

/** The zstd-napi package, where it was built or fetched. */
export function zstdOfNapi(): Zstd | undefined {
  let binding: typeof import('zstd-napi/binding.js');
  try {
    binding = createRequire(import.meta.url)('zstd-napi/binding.js');
  } catch {
    return undefined;
  }
  const compressor = new binding.CCtx();
  const decompressor = new binding.DCtx();
  return {
    name: `zstd-napi (zstd ${binding.versionString()})`,
    compress(raw, level, into) {
      const bytes = binding.compressBound(raw.length);
      const out = into !== undefined && into.length >= bytes ? into.subarray(0, bytes) : new Uint8Array(bytes);
      return out.subarray(0, compressor.compress(out, raw, level));
    },
    // In one piece: no window beside it.
    decompress(stored, rawBytes, _windowBytes, into) {
      const raw = into ?? new Uint8Array(rawBytes);
      let length: number;
      try {
        length = decompressor.decompress(raw, stored);
      } catch {
        throw unreadable();
      }
      return checkLength(raw.subarray(0, length), rawBytes);
    },
  };
}

/** Node's own, from 22.15 on. */
export function zstdOfNode(): Zstd | undefined {
  if (typeof zlib.zstdCompressSync !== 'function') return undefined;
  const { ZSTD_c_compressionLevel, ZSTD_d_windowLogMax } = zlib.constants;
  return {
    name: `node ${process.versions.node} (zstd ${process.versions.zstd})`,
    compress: (raw, level) => zlib.zstdCompressSync(raw, { params: { [ZSTD_c_compressionLevel]: level } }),
    decompress(stored, rawBytes, windowBytes) {
      let raw: Uint8Array;
      try {
        raw = zlib.zstdDecompressSync(stored, {
          maxOutputLength: rawBytes,
          // In one piece that is not filled up: Node would put it together from pieces of 16 KiB, and ask for another behind a full one.
          chunkSize: Math.max(rawBytes + 1, zlib.constants.Z_MIN_CHUNK),
          params: { [ZSTD_d_windowLogMax]: Math.log2(windowBytes) },
        });
      } catch {
        throw unreadable();
      }
      return checkLength(raw, rawBytes);
    },
  };
}

let chosen: Zstd | undefined;

/** zstd-napi before Node's own, so that the same package writes the same bytes under every version of Node. */
export function zstd(): Zstd {
  chosen ??= zstdOfNapi() ?? zstdOfNode();
  if (!chosen) {
    throw new Failure('tapes need zstd: install the zstd-napi package (npm install) or use Node 22.15 or newer');
  }
  return chosen;
}

/** What the one makes of some bytes, or where that is not shorter, themselves. @param level zstd's @param into as in `compress` */
export function shortened(raw: Uint8Array, level: number, into?: Uint8Array): Uint8Array {
  const packed = zstd().compress(raw, level, into);
  return packed.length < raw.length ? packed : raw;
}
