import { closeSync, constants, openSync } from 'node:fs';
import { Failure } from '../../src/base/failure.ts';
import { OutputFile } from '../../src/host/output-file.ts';
import { isSystemError, systemError } from '../../src/host/system-error.ts';
import { isStream } from '../session/outputs.ts';
import { ReaderGone, writeAll } from '../session/standard-output.ts';

const BUFFER_CHARS = 64 * 1024;

/** A file, or a pipe or device, that takes pieces one after the other. What goes wrong is a Failure of one line, and leaves no file. */
export class PieceOutput {
  readonly #path: string;
  readonly #file: OutputFile | undefined;
  readonly #fd: number | undefined;
  #pending = '';
  /** Written so far. */
  bytes = 0;

  constructor(path: string, force: boolean) {
    this.#path = path;
    if (!isStream(path)) {
      this.#file = OutputFile.create(path, { force, unfinished: 'new' });
      return;
    }
    try {
      this.#fd = openSync(path, constants.O_WRONLY);
    } catch (error) {
      throw new Failure(`cannot write ${path}: ${systemError(error)}; choose another place`);
    }
  }

  put(piece: string | Uint8Array): void {
    if (typeof piece === 'string') {
      this.#pending += piece;
      if (this.#pending.length >= BUFFER_CHARS) this.#flush();
    } else {
      this.#flush();
      this.#write(piece);
    }
  }
  finish(): void {
    this.#flush();
    this.#file?.finish();
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
  discard(): void {
    this.#file?.discard();
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  #flush(): void {
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    this.#write(bytes);
  }
  #write(bytes: Uint8Array): void {
    if (this.#fd !== undefined) {
      if (!writeAll(this.#fd, bytes, this.#path)) throw new ReaderGone();
    } else {
      try {
        this.#file?.write(bytes, this.bytes);
      } catch (error) {
        if (error instanceof Failure || !isSystemError(error)) throw error;
        throw new Failure(`cannot write ${this.#path}: ${systemError(error)}; make room or choose another place`);
      }
    }
    this.bytes += bytes.length;
  }
}
