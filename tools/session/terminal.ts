import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/base/system-error.ts';
import { say, writeAll } from './standard-output.ts';

const CTRL_A = 0x01;
const NEWLINE = 0x0a;
/** Written at once when full, and at every pause of the guest. */
const BUFFER_BYTES = 4096;

/** Where the guest's console goes: collected, so that a byte costs no system call. */
export class ConsoleOutput {
  readonly #fd: number | null;
  readonly #owned: boolean;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  #used = 0;
  #atLineStart = true;

  /** `target` of --console: stdio, none or file:F. Under --json the console's standard output is standard error. */
  constructor(target: string, json: boolean) {
    this.#owned = target.startsWith('file:');
    if (target === 'none') this.#fd = null;
    else if (target === 'stdio') this.#fd = json ? 2 : 1;
    else if (this.#owned) {
      try {
        this.#fd = openSync(target.slice('file:'.length), 'w');
      } catch (error) {
        throw new Failure(`--console ${target}: ${systemError(error)}; choose another file`);
      }
    } else throw new Failure(`--console ${target}: give stdio, none or file:F`);
  }
  write(byte: number): void {
    this.#buffer[this.#used++] = byte;
    if (this.#used === BUFFER_BYTES) this.flush();
  }
  /** Whether people see the console on their terminal. */
  get isTerminal(): boolean {
    return this.#fd !== null && !this.#owned && isatty(this.#fd);
  }
  flush(): void {
    const bytes = this.#buffer.subarray(0, this.#used);
    if (bytes.length > 0) this.#atLineStart = bytes.at(-1) === NEWLINE;
    this.#used = 0;
    // A reader that went away (`| head`) must not end the recording.
    if (this.#fd !== null) writeAll(this.#fd, bytes, "the guest's console");
  }
  /** What is said next on the same terminal begins a line of its own. */
  endLine(): void {
    this.flush();
    if (this.isTerminal && !this.#atLineStart) say('');
  }
  close(): void {
    this.flush();
    if (this.#owned && this.#fd !== null) closeSync(this.#fd);
  }
}

/** Whether a person sees the guest's console on a terminal and types there. */
export const isInteractive = (args: {
  readonly console: string;
  readonly json: boolean;
  readonly input?: string | undefined;
}): boolean =>
  args.console === 'stdio' && args.input === undefined && process.stdin.isTTY === true && isatty(args.json ? 2 : 1);

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
  take(): Buffer {
    const all = Buffer.concat(this.#pending);
    this.#pending = [];
    return all;
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
    this.#wake?.();
  }
}
