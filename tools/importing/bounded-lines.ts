import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/host/system-error.ts';

const PIECE_BYTES = 64 * 1024;
/** No trace has lines so long: what is longer is cut there. */
export const LINE_BYTES_MAX = 4096;
const NEWLINE = 0x0a;

/** A file that is read from anywhere. */
export class InputFile {
  readonly path: string;
  readonly size: number;
  readonly #fd: number;

  /** @throws Failure where it is none */
  constructor(path: string) {
    this.path = path;
    try {
      const stat = statSync(path);
      if (!stat.isFile()) throw new Failure(`cannot read ${path}: it is no file; give a file`);
      this.size = stat.size;
      this.#fd = openSync(path, 'r');
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(`cannot read ${path}: ${systemError(error)}`);
    }
  }
  /** Up to so many bytes from a place on; fewer where the file ends. */
  bytes(at: number, count: number): Buffer {
    const into = Buffer.alloc(Math.max(0, Math.min(count, this.size - at)));
    let have = 0;
    try {
      while (have < into.length) {
        const got = readSync(this.#fd, into, have, into.length - have, at + have);
        if (got === 0) break;
        have += got;
      }
    } catch (error) {
      throw new Failure(`cannot read ${this.path}: ${systemError(error)}`);
    }
    return into.subarray(0, have);
  }
  /** Its lines, of each no more than LINE_BYTES_MAX. */
  *lines(): Generator<string> {
    let line = Buffer.alloc(0);
    for (let at = 0; at < this.size; ) {
      const piece = this.bytes(at, PIECE_BYTES);
      if (piece.length === 0) break;
      at += piece.length;
      for (let from = 0; from < piece.length; ) {
        const end = piece.indexOf(NEWLINE, from);
        const part = piece.subarray(from, end < 0 ? piece.length : end);
        if (line.length < LINE_BYTES_MAX) line = Buffer.concat([line, part.subarray(0, LINE_BYTES_MAX - line.length)]);
        if (end < 0) break;
        yield line.toString('utf8');
        line = Buffer.alloc(0);
        from = end + 1;
      }
    }
    if (line.length > 0) yield line.toString('utf8');
  }
  close(): void {
    closeSync(this.#fd);
  }
}
