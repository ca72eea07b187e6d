import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../base/failure.ts';
import { systemError } from './system-error.ts';

/** A file of the program itself, from where the module of that URL stands; undefined where there is none. */
export function ownFile(name: string, url: string): Uint8Array | undefined {
  try {
    return readFileSync(new URL(name, url));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a path names, as far as who reads it cares. */
export interface PathInfo {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
}
const kindOf = (stat: Stats): PathInfo['kind'] => (stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other');

/** @throws what the system says, with its `code` */
export function pathInfo(path: string): PathInfo {
  const stat = statSync(path);
  return { kind: kindOf(stat), bytes: stat.size };
}
/** All of a file. @throws what the system says, with its `code` */
export const readWhole = (path: string): Uint8Array => readFileSync(path);

/** The paths of what lies in a file's folder, sorted; none where that cannot be read. */
export function pathsBeside(path: string): readonly string[] {
  const folder = dirname(path);
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

const FOLDER_MODE = 0o777;
/**
 * Makes a folder where there is none, and those above it that are missing. Node's own way (`recursive`) never ends where a file system takes no
 * folders and says of each that it is not there, as Linux' /proc does. @throws what the system says, with its `code`
 */
export function makeFolder(path: string, mode = FOLDER_MODE): void {
  const above = dirname(path);
  if (isMade(path, mode, above !== path)) return;
  makeFolder(above, mode);
  isMade(path, mode, false);
}
/** False where that may be, since the folder above is missing. */
function isMade(path: string, mode: number, mayBeMissing: boolean): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayBeMissing) return false;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return true;
    throw error;
  }
}

/** A file that is read at offsets. Operating errors are Failures. */
export class InputFile {
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

  /** `length` bytes, or fewer where the file ends; of their own, or in so many that are given. */
  read(offset: number, length: number, room = (bytes: number): Uint8Array => new Uint8Array(bytes)): Uint8Array {
    const out = room(Math.max(0, Math.min(length, this.size - offset)));
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
