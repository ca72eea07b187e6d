import { InputFile } from '../../host/files.ts';
import type { Room } from './compression.ts';

/** Small reads are served from a piece of this size: a walk from frame to frame is no system call each. */
const PIECE_BYTES = 256 * 1024;
const SMALL_BYTES = 32 * 1024;

/** A tape's bytes, read at offsets. Operating errors are Failures. */
export class TapeFile {
  readonly path: string;
  readonly size: number;
  readonly #file: InputFile;
  #piece: Uint8Array = new Uint8Array(0);
  #pieceAt = 0;

  constructor(path: string) {
    this.#file = new InputFile(path);
    this.path = path;
    this.size = this.#file.size;
  }

  /** `length` bytes, or fewer where the file ends; many of them in `room`. */
  read(offset: number, length: number, room?: Room): Uint8Array {
    if (length > SMALL_BYTES) return this.#file.read(offset, length, room && ((bytes) => room.take(bytes)));
    const end = Math.min(offset + length, this.size);
    if (offset < this.#pieceAt || end > this.#pieceAt + this.#piece.length) {
      // A piece is never written again: what was read from it stays valid.
      this.#piece = this.#file.read(offset, PIECE_BYTES);
      this.#pieceAt = offset;
    }
    return this.#piece.subarray(offset - this.#pieceAt, Math.max(offset, end) - this.#pieceAt);
  }

  close(): void {
    this.#file.close();
  }
}
