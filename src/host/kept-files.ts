import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sameBytes } from '../base/bytes.ts';
import { Failure } from '../base/failure.ts';
import { sha256, sha256OfPieces } from './digests.ts';
import { makeFolder } from './files.ts';
import { writeWhole } from './output-file.ts';

const DIGEST_BYTES = 32;
/** In all: what was written longest ago goes first. */
const FILES_MAX = 32;
/** More is none of what was written here. */
const FILE_BYTES_MAX = 2 ** 28;
/** A folder of the user's alone: what it holds is trusted as the program itself is. */
const FOLDER_MODE = 0o700;

/**
 * Files that one process leaves to those after it, of which nothing depends but time: what cannot be read, is damaged, or cannot be
 * written is not there. What another build of the program has left is none of this one's.
 */
export class KeptFiles {
  readonly #folder: string;
  readonly #build: string;

  /** @param build tells this program from all others */
  constructor(folder: string, build: string) {
    this.#folder = folder;
    this.#build = build;
  }
  #pathOf(name: string): string {
    return join(this.#folder, `${this.#build}-${name}`);
  }

  /** What was written by this name, whole. */
  read(name: string): Uint8Array | undefined {
    return quietly(() => {
      const path = this.#pathOf(name);
      if (statSync(path).size > FILE_BYTES_MAX) return undefined;
      const file = readFileSync(path);
      if (file.length < DIGEST_BYTES) return undefined;
      const bytes = new Uint8Array(file.buffer, file.byteOffset).subarray(DIGEST_BYTES, file.length);
      return sameBytes(sha256(bytes), file.subarray(0, DIGEST_BYTES)) ? bytes : undefined;
    });
  }
  /** Replaces what has the name, all at once. @param pieces one after the other */
  write(name: string, pieces: readonly Uint8Array[]): void {
    quietly(() => {
      makeFolder(this.#folder, FOLDER_MODE);
      writeWhole(this.#pathOf(name), [sha256OfPieces(pieces), ...pieces]);
      this.#dropOld();
    });
  }
  #dropOld(): void {
    const files = readdirSync(this.#folder).map((name) => {
      const path = join(this.#folder, name);
      return { path, writtenMs: statSync(path).mtimeMs };
    });
    files.sort((a, b) => b.writtenMs - a.writtenMs);
    for (const { path } of files.slice(FILES_MAX)) rmSync(path, { force: true });
  }
}

/** What comes of it; undefined where the system refuses something. */
function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Failure || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}

/** Whether this process takes up translations of earlier ones, and leaves its own; set by who starts it. */
export const keptTranslations: { open: () => KeptFiles | undefined; atEnd: (() => void) | undefined } = {
  /** Called with the first machine: most commands have none. */
  open: () => undefined,
  /** Set where there was a machine: writes what is new. */
  atEnd: undefined,
};
