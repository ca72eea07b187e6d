import { fstatSync, type Stats, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { OutputFile } from '../../src/host/output-file.ts';
import { systemError } from '../../src/host/system-error.ts';

/** By file descriptor. */
const STANDARD = ['standard input', 'standard output', 'standard error'] as const;

const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });
const identity = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/** What a path leads to, however it is spelled: a file's device and inode, or, where there is none, its folder's and its name. */
function identityOf(path: string): string | undefined {
  try {
    const stat = statOf(path);
    if (stat !== undefined) return stat.isFile() ? identity(stat) : undefined;
    const folder = statOf(dirname(path));
    return folder && `${identity(folder)}/${basename(path)}`;
  } catch {
    // Who opens it says what is wrong with it.
    return undefined;
  }
}

/** The files that a command reads and writes: none of them twice. */
export class Outputs {
  readonly force: boolean;
  /** What each file is, as a person would say. */
  readonly #read = new Map<string, string>();
  readonly #written = new Map<string, { readonly option: string; readonly path: string }>();

  constructor(force: boolean) {
    this.force = force;
    for (const [fd, name] of STANDARD.entries()) {
      try {
        const stat = fstatSync(fd);
        if (stat.isFile()) this.#read.set(identity(stat), name);
      } catch {
        // Closed by whoever started this.
      }
    }
  }

  /** Names a file that is read. @throws Failure where it is one that is written */
  reads(path: string | undefined, what: string): void {
    const id = path === undefined ? undefined : identityOf(path);
    if (id === undefined) return;
    const output = this.#written.get(id);
    if (output !== undefined)
      throw new Failure(`${output.option} ${output.path}: that is ${what}, which is read; give another name`);
    this.#read.set(id, what);
  }
  /**
   * Names a file that will be written, before anything is; with `streams` it may be a device or a pipe, which nothing is lost
   * of. @throws Failure where it is another one of this command's, or where it may not be written for what is there
   */
  writes(path: string, option: string, { streams = false } = {}): void {
    const id = identityOf(path);
    const other = id === undefined ? undefined : (this.#read.get(id) ?? this.#written.get(id)?.option);
    if (other !== undefined) throw new Failure(`${option} ${path}: that is ${other} too; give another name`);
    if (id !== undefined) this.#written.set(id, { option, path });
    if (streams && isStream(path)) return;
    try {
      OutputFile.check(path, this.force);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(`cannot write ${path}: ${systemError(error)}; choose another place`);
    }
  }
}

/** A device that takes bytes one after the other, or a pipe. */
export function isStream(path: string): boolean {
  try {
    const stat = statOf(path);
    return stat !== undefined && (stat.isCharacterDevice() || stat.isFIFO());
  } catch {
    return false;
  }
}
