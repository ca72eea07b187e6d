import { closeSync, constants, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Failure } from '../../src/base/failure.ts';
import { OutputFile } from '../../src/host/output-file.ts';
import { systemError } from '../../src/host/system-error.ts';
import { isStream } from './outputs.ts';
import { say, writeAll } from './standard-output.ts';

const CTRL_A = 0x01;
const NEWLINE = 0x0a;
/** Written at once when full, and at every pause of the guest. */
const BUFFER_BYTES = 4096;

/** The ending of a console file's name until it has its own (`--force`). */
const UNFINISHED = 'console';

/** What a console's bytes go to. */
interface ConsoleTarget {
  /** False where its reader has gone. @throws Failure */
  write(bytes: Uint8Array): boolean;
  close(): void;
  /** Leaves a file where it is, finished or not. */
  keep(): void;
  discard(): void;
}

function fdTarget(fd: number, owned: boolean): ConsoleTarget {
  const close = (): void => void (owned && closeSync(fd));
  return { write: (bytes) => writeAll(fd, bytes, "the guest's console"), close, keep: close, discard: close };
}

function fileTarget(path: string, force: boolean): ConsoleTarget {
  const file = OutputFile.create(path, { force, unfinished: UNFINISHED, advice: 'choose another file' });
  let bytes = 0;
  const failure = (error: unknown): unknown =>
    (error as NodeJS.ErrnoException).code === undefined
      ? error
      : new Failure(
          `cannot write the guest's console to ${file.at}: ${systemError(error)}; what was written stays there`,
        );
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      throw failure(error);
    }
  };
  attempt(() => file.publish());
  return {
    write: (data) => {
      attempt(() => file.write(data, bytes));
      bytes += data.length;
      return true;
    },
    close: () => attempt(() => file.finish()),
    keep: () => file.close(),
    discard: () => file.discard(),
  };
}

/** A file, which is made anew, or a device or pipe, which takes what comes. @throws Failure */
function namedTarget(path: string, force: boolean): ConsoleTarget {
  try {
    if (isStream(path)) return fdTarget(openSync(path, constants.O_WRONLY), true);
    return fileTarget(path, force);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`--console file:${path}: ${systemError(error)}; choose another file`);
  }
}

/** The file that `--console` names; undefined where it names none. */
export const consoleFile = (target: string): string | undefined =>
  target.startsWith('file:') ? target.slice('file:'.length) : undefined;

/** Where the guest's console goes: collected, so that a byte costs no system call. */
export class ConsoleOutput {
  #target: ConsoleTarget | null;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  #used = 0;
  #atLineStart = true;
  #readerGone = false;
  /** Whether people see the console on their terminal. */
  readonly isTerminal: boolean;
  /** Why it takes no more; what comes then is lost. Thrown by nobody here: a machine in the midst of a run is in the way. */
  failure: Failure | null = null;

  /** `target` of --console: stdio, none or file:F. Under --json the console's standard output is standard error. */
  constructor(target: string, json: boolean, force = false) {
    const path = consoleFile(target);
    const fd = json ? 2 : 1;
    this.isTerminal = target === 'stdio' && isatty(fd);
    if (target === 'none') this.#target = null;
    else if (target === 'stdio') this.#target = fdTarget(fd, false);
    else if (path !== undefined) this.#target = namedTarget(path, force);
    else throw new Failure(`--console ${target}: give stdio, none or file:F`);
  }
  write(byte: number): void {
    this.#buffer[this.#used++] = byte;
    if (this.#used === BUFFER_BYTES) this.flush();
  }
  flush(): void {
    const bytes = this.#buffer.subarray(0, this.#used);
    if (bytes.length > 0) this.#atLineStart = bytes.at(-1) === NEWLINE;
    this.#used = 0;
    if (bytes.length === 0 || this.#readerGone || this.failure !== null) return;
    try {
      // A reader that went away (`| head`) must not end the recording.
      this.#readerGone = this.#target?.write(bytes) === false;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failure = error;
    }
  }
  /** Between two pieces of a run: writes what has come. @throws Failure where it takes no more */
  check(): void {
    this.flush();
    if (this.failure !== null) throw this.failure;
  }
  /** What is said next on the same terminal begins a line of its own. */
  endLine(): void {
    this.flush();
    if (this.isTerminal && !this.#atLineStart) say('');
  }
  /** @throws Failure where the console is not whole where it goes */
  close(): void {
    this.check();
    this.#target?.close();
    this.#target = null;
  }
  /** After a failure: what was written stays where it is. */
  keep(): void {
    this.flush();
    this.#target?.keep();
    this.#target = null;
  }
  /** Nothing was run: takes a file away that was made for it. */
  discard(): void {
    this.#target?.discard();
    this.#target = null;
  }
}

/** Whether a person sees the guest's console on a terminal and types there. */
export const isInteractive = (args: {
  readonly console: string;
  readonly json: boolean;
  readonly input?: string | undefined;
}): boolean =>
  args.console === 'stdio' && args.input === undefined && process.stdin.isTTY === true && isatty(args.json ? 2 : 1);

/** So much is taken from standard input before the guest has read it. */
const TYPED_BYTES_MAX = 64 * 1024;

/** Standard input as the guest's keyboard. On a terminal: raw, and Ctrl-A x leaves (Ctrl-A Ctrl-A sends one). */
export class Keyboard {
  readonly isTerminal = process.stdin.isTTY === true;
  #pending: Buffer[] = [];
  #prefix = false;
  #wake: (() => void) | null = null;
  /** Ctrl-A x was typed. */
  left = false;
  /** Nothing more will be typed. */
  ended = false;
  /** Something was typed that has not been taken yet. */
  get typed(): boolean {
    return this.#pending.length > 0;
  }

  open(): void {
    const { stdin } = process;
    if (this.isTerminal) stdin.setRawMode(true);
    stdin.on('data', (data: Buffer) => this.#take(data));
    const onEnd = (): void => {
      this.ended = true;
      this.#wake?.();
    };
    stdin.on('end', onEnd).on('error', onEnd);
  }
  close(): void {
    const { stdin } = process;
    if (this.isTerminal) stdin.setRawMode(false);
    stdin.removeAllListeners('data');
    stdin.pause();
  }
  /** What was typed, at most so many bytes of it. */
  take(bytesMax: number): Buffer {
    const all = Buffer.concat(this.#pending);
    const taken = all.subarray(0, bytesMax);
    const rest = all.subarray(taken.length);
    this.#pending = rest.length > 0 ? [rest] : [];
    if (process.stdin.isPaused() && rest.length < TYPED_BYTES_MAX) process.stdin.resume();
    return taken;
  }
  /** Resolves when something is typed, or after so many milliseconds. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds);
      const self = this;
      function done(): void {
        clearTimeout(timer);
        self.#wake = null;
        resolve();
      }
      this.#wake = done;
    });
  }
  #take(data: Buffer): void {
    const out: number[] = [];
    for (const byte of data) {
      if (!this.isTerminal) out.push(byte);
      else if (this.#prefix) {
        this.#prefix = false;
        if (byte === 0x78) this.left = true;
        else if (byte === CTRL_A) out.push(byte);
        else out.push(CTRL_A, byte);
      } else if (byte === CTRL_A) this.#prefix = true;
      else out.push(byte);
    }
    if (out.length > 0) this.#pending.push(Buffer.from(out));
    if (this.#pending.reduce((sum, { length }) => sum + length, 0) >= TYPED_BYTES_MAX) process.stdin.pause();
    this.#wake?.();
  }
}
