import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import { systemError } from '../../base/system-error.ts';

/** Small reads are served from a piece of this size: a walk from frame to frame is no system call each. */
const PIECE_BYTES = 256 * 1024;
const SMALL_BYTES = 32 * 1024;

/** A tape's bytes, read at offsets. Operating errors are Failures. */
export class TapeFile {
  readonly path: string;
  readonly size: number;
  readonly #fd: number;
  #piece: Uint8Array = new Uint8Array(0);
  #pieceAt = 0;

  constructor(path: string) {
    this.path = path;
    try {
      // Before opening: to open a pipe would wait for its other end.
      if (!statSync(path).isFile()) throw new Failure(`cannot read ${path}: it is not a file`);
      this.#fd = openSync(path, 'r');
      this.size = fstatSync(this.#fd).size;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** `length` bytes, or fewer where the file ends. */
  read(offset: number, length: number): Uint8Array {
    if (length > SMALL_BYTES) return this.#read(offset, length);
    const end = Math.min(offset + length, this.size);
    if (offset < this.#pieceAt || end > this.#pieceAt + this.#piece.length) {
      // A piece is never written again: what was read from it stays valid.
      this.#piece = this.#read(offset, PIECE_BYTES);
      this.#pieceAt = offset;
    }
    return this.#piece.subarray(offset - this.#pieceAt, Math.max(offset, end) - this.#pieceAt);
  }

  #read(offset: number, length: number): Uint8Array {
    const out = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    let have = 0;
    try {
      while (have < out.length) {
        const got = readSync(this.#fd, out, have, out.length - have, offset + have);
        if (got === 0) break;
        have += got;
      }
    } catch (error) {
      throw this.#failure(error);
    }
    return out.subarray(0, have);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #failure(error: unknown): Failure {
    return error instanceof Failure ? error : new Failure(`cannot read ${this.path}: ${systemError(error)}`);
  }
}
