import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { assert } from '../base/assert.ts';
import { Failure } from '../base/failure.ts';
import { systemError } from './system-error.ts';

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
/** Windows has no O_NOFOLLOW; O_EXCL alone follows no link either. */
const CREATE = O_RDWR | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);
const FILE_MODE = 0o666;
const PERMISSIONS = 0o777;
/** What most file systems take as a name, less the ending of a temporary. */
const NAME_BYTES_MAX = 200;
const RANDOM_BYTES = 8;
/** File systems without hard links say one of these. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** How a file is to be made. */
export interface OutputOptions {
  /** Replace what has the name; otherwise it must be free. */
  readonly force?: boolean;
  /** The ending of the file's name while it is not finished. */
  readonly unfinished: string;
  /** What to do about a place that cannot be written, for messages. */
  readonly advice?: string;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

const exists = (path: string): Failure =>
  new Failure(`cannot write ${path}: it is there already; give --force to replace it, or another name`);

const kindOf = (stat: Stats): string =>
  stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a pipe' : stat.isSocket() ? 'a socket' : 'a device';

/** Where a file of this name would lie. @throws Failure where it cannot, or may not for what is there already */
function placeOf(path: string, force: boolean): { readonly final: string; readonly old: Stats | undefined } {
  if (basename(path) === '' || /[/\\]$/.test(path))
    throw new Failure(`cannot write "${path}": it names no file; give one`);
  let old: Stats | undefined;
  try {
    old = statSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  if (old === undefined) {
    // A link to nothing: what is made there would lie somewhere else than its name says.
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
      throw new Failure(`cannot write ${path}: it is a link to a file that is not there; give another name`);
    return { final: join(realpathSync(dirname(path)), basename(path)), old };
  }
  if (!old.isFile()) throw new Failure(`cannot write ${path}: it is ${kindOf(old)}; give the name of a file`);
  if (!force) throw exists(path);
  return { final: realpathSync(path), old };
}

/**
 * A file that is written and gets its name without harm to what is there: it begins under a name that nobody can guess, made
 * anew, in the folder where it will lie. A free name it takes with `publish`, by a link that replaces nothing; one that is
 * to be replaced only with `finish`, so that whatever goes wrong before leaves the old file in peace.
 */
export class OutputFile {
  /** As its user calls it. */
  readonly path: string;
  readonly #final: string;
  readonly #temporary: string;
  #replaces: boolean;
  readonly #force: boolean;
  readonly #fd: number;
  #published = false;
  #open = true;

  /** Whether a file may be made there, as far as that can be seen before. @throws Failure, or the system's error */
  static check(path: string, force: boolean): void {
    placeOf(path, force);
  }

  /** @throws Failure with one line */
  static create(path: string, options: OutputOptions): OutputFile {
    return new OutputFile(path, options);
  }

  private constructor(path: string, { force = false, unfinished, advice = 'choose another place' }: OutputOptions) {
    this.path = path;
    try {
      const { final, old } = placeOf(path, force);
      const name = Buffer.from(basename(final)).subarray(0, NAME_BYTES_MAX).toString('utf8').replaceAll('\ufffd', '');
      this.#final = final;
      this.#replaces = old !== undefined;
      this.#force = force;
      this.#temporary = join(dirname(final), `${name}.${randomBytes(RANDOM_BYTES).toString('hex')}.${unfinished}`);
      this.#fd = openSync(this.#temporary, CREATE, FILE_MODE);
      if (old !== undefined) fchmodSync(this.#fd, old.mode & PERMISSIONS);
    } catch (error) {
      if (error instanceof Failure || codeOf(error) === '') throw error;
      throw new Failure(`cannot write ${path}: ${systemError(error)}; ${advice}`);
    }
  }

  /** Where it lies now, for messages. */
  get at(): string {
    return this.#published ? this.path : join(dirname(this.path), basename(this.#temporary));
  }

  /** Writes all of `bytes` from an offset on. @throws the system's error; what was written before it stays */
  write(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
  }
  truncate(bytes: number): void {
    ftruncateSync(this.#fd, bytes);
  }

  /** From now on the file is worth something: it gets its name, unless another file is to be replaced. @throws Failure where somebody took the name that is not to be replaced */
  publish(): void {
    if (this.#published || this.#replaces) return;
    try {
      linkSync(this.#temporary, this.#final);
      this.#published = true;
      unlinkSync(this.#temporary);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') this.#isTaken();
      else if (!NO_LINKS.has(codeOf(error))) throw error;
      else this.#reserve();
    }
  }
  /** Somebody has taken the name since, as where two write the same file at once: as if it had been there before. */
  #isTaken(): void {
    if (!this.#force) throw exists(this.path);
    this.#replaces = true;
  }
  /** The name by another way: a file of our own takes it, and is replaced. */
  #reserve(): void {
    try {
      closeSync(openSync(this.#final, CREATE, FILE_MODE));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      this.#isTaken();
      return;
    }
    renameSync(this.#temporary, this.#final);
    this.#published = true;
  }

  /** The file is whole: it has its name, and what was there before is gone. */
  finish(): void {
    assert(this.#open, 'an output is finished once');
    this.publish();
    if (!this.#published) renameSync(this.#temporary, this.#final);
    this.#published = true;
    this.close();
  }
  /** Leaves the file as it is, where it is. */
  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
  /** Takes the file away: nothing was worth to be kept. */
  discard(): void {
    if (!this.#open) return;
    const mine = fstatSync(this.#fd);
    this.close();
    const path = this.#published ? this.#final : this.#temporary;
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there?.ino === mine.ino && there.dev === mine.dev) unlinkSync(path);
  }
}

const piecesOf = (data: string | Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] =>
  typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;

/** Puts a file there as a whole, of pieces one after the other, in place of an older one. @throws Failure with one line; the older one is there then */
export function writeWhole(path: string, data: string | Uint8Array | readonly Uint8Array[]): void {
  const file = OutputFile.create(path, { force: true, unfinished: 'new' });
  try {
    let at = 0;
    for (const piece of piecesOf(data)) {
      file.write(piece, at);
      at += piece.length;
    }
    file.finish();
  } catch (error) {
    file.discard();
    if (codeOf(error) === '') throw error;
    throw new Failure(`cannot write ${path}: ${systemError(error)}; make room or choose another place`);
  }
}
