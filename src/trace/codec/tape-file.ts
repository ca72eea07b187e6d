import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';

/** What a failed system call says, in words. */
export function systemError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is no folder',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file would be larger than the system allows',
    EROFS: 'the file system is read-only',
    EIO: 'the disk reported an error',
  };
  const known = words[code];
  return known ? `${known} (${code})` : code;
}

/** A tape's bytes, read at offsets. Operating errors are Failures. */
export class TapeFile {
  readonly path: string;
  readonly size: number;
  readonly #fd: number;

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
