import { writeSync } from 'node:fs';
import { hex } from '../../src/base/bits.ts';
import { Failure } from '../../src/base/failure.ts';

/** Standard output's reader has gone (`| head`): nothing more is wanted, and nothing is wrong. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

const NAP = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 2;

/** Writes all of `bytes`, also to a pipe or terminal that is full for the moment. False where its reader has gone. */
export function writeAll(fd: number, bytes: Uint8Array, what: string): boolean {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done, bytes.length - done);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(NAP, 0, 0, NAP_MS);
      else if (code === 'EPIPE' || code === 'EIO') return false;
      else throw new Failure(`cannot write ${what}: ${code === 'ENOSPC' ? 'the disk is full' : message}`);
    }
  }
  return true;
}

const BUFFER_BYTES = 64 * 1024;

/** Lines for standard output, written in large pieces and at once: nothing is left to flush when the process ends. */
export class LineOutput {
  #pending: string[] = [];
  #chars = 0;

  line(text: string): void {
    this.painted(withoutControls(text));
  }
  /** A line that holds no control characters but those that the program has put there itself. */
  painted(text: string): void {
    this.#pending.push(text);
    this.#chars += text.length + 1;
    if (this.#chars >= BUFFER_BYTES) this.flush();
  }
  /** @throws ReaderGone */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(`${this.#pending.join('\n')}\n`, 'utf8');
    this.#pending = [];
    this.#chars = 0;
    if (!writeAll(1, bytes, 'standard output')) throw new ReaderGone();
  }
}

/** Lines on standard output. */
export function print(...lines: readonly string[]): void {
  const out = new LineOutput();
  for (const line of lines) out.line(line);
  out.flush();
}
/** One value on one line. */
export const printJson = (value: unknown): void => print(jsonText(value));

/** A value as JSON; what has no place in a number of JSON, as hexadecimal text. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? hex(member) : member));

/**
 * Control characters written out as JSON does, in whose strings they mean the same: text from a tape, an image or a file
 * name moves no cursor and breaks no line.
 */
export const withoutControls = (text: string): string =>
  text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The same but for tabs, which part columns. */
export const withTabsAlone = (text: string): string => text.split('\t').map(withoutControls).join('\t');

/** A line for the person at the terminal. A standard error that takes nothing is no reason to stop. */
export function say(line: string): void {
  try {
    writeAll(2, Buffer.from(`${withoutControls(line)}\n`, 'utf8'), 'standard error');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
