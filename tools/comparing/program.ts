import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Failure } from '../../src/base/failure.ts';

/** Of what a program says of its failure so much is kept. */
const SAID_MAX = 1 << 16;

/** What a program says that does not know the option. */
const NO_STATE = /unknown.*--state\b/i;

/** A guest at a place, as "where --json" tells of it. */
export interface WhereLine {
  readonly icount: number;
  readonly pc: string;
  readonly symbol?: string;
  readonly instruction?: string;
  readonly registers: Readonly<Record<string, string>>;
  readonly stack?: readonly { readonly pc: string; readonly symbol?: string }[];
  /** Of programs that have --state. */
  readonly state?: {
    readonly hash: string;
    readonly memory: string;
    readonly registers: Readonly<Record<string, string>>;
  };
}
/** What came instead of a place: the program has failed, and says so. */
export interface Failed {
  readonly failed: string;
}

/** A command with the words it begins with, as a shell would take it apart: by spaces, with quotes. @throws Failure */
export function wordsOf(command: string): string[] {
  const words: string[] = [];
  const word = /\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))/y;
  while (word.lastIndex < command.trimEnd().length) {
    const from = word.lastIndex;
    const found = word.exec(command.trimEnd());
    if (found === null) throw new Failure(`${command}: a quote at ${from} has no other; give a command with its words`);
    words.push(found[1] ?? found[2] ?? found[3] ?? '');
  }
  if (words.length === 0) throw new Failure('--versions: a command is empty; give how each hypertape is started');
  return words;
}

/** One of the programs that are compared: a build of hypertape, by the command that starts it. */
export class Program {
  readonly command: string;
  readonly #words: readonly string[];
  readonly #symbols: readonly string[];
  #hasState = true;

  /**
   * @param symbols a file with the guest's symbols
   * @throws Failure where it is no command
   */
  constructor(command: string, symbols: string | undefined) {
    this.command = command;
    this.#words = wordsOf(command);
    this.#symbols = symbols === undefined ? [] : ['--symbols', symbols];
  }

  /** The guest at each of these places, in their order; the last thing is the failure, where there is one. */
  async *where(tape: string, places: readonly number[]): AsyncGenerator<WhereLine | Failed> {
    const at = places.flatMap((icount) => ['--at', `icount:${icount}`]);
    const options = ['--json', ...this.#symbols, ...(this.#hasState ? ['--state'] : [])];
    let told = 0;
    for await (const line of this.#lines(['where', tape, ...options, ...at])) {
      if ('failed' in line && told === 0 && this.#hasState && NO_STATE.test(line.failed)) {
        this.#hasState = false;
        yield* this.where(tape, places);
        return;
      }
      told++;
      yield 'failed' in line ? line : this.#placeOf(line.text);
    }
  }
  /** Runs a verb to its end. @throws Failure where it is not done */
  async run(args: readonly string[]): Promise<void> {
    for await (const line of this.#lines(args)) if ('failed' in line) throw this.#failure(line.failed);
  }
  #failure(what: string): Failure {
    return new Failure(`${this.command}: ${what}`);
  }
  #placeOf(text: string): WhereLine {
    try {
      const place = JSON.parse(text) as Partial<WhereLine>;
      if (typeof place.icount === 'number' && typeof place.pc === 'string' && typeof place.registers === 'object')
        return place as WhereLine;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw this.#failure('what it prints for "where --json" is no place; give a command that starts hypertape');
  }

  async *#lines(args: readonly string[]): AsyncGenerator<{ readonly text: string } | Failed> {
    const [program = '', ...own] = this.#words;
    // A group of its own: what it starts in turn is ended with it.
    const child = spawn(program, [...own, ...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-SAID_MAX);
    });
    const ended = new Promise<number | string>((resolve) => {
      child.on('error', (error) => resolve(`it cannot be started (${error.message})`));
      child.on('close', (status, signal) => resolve(status ?? `it was ended by ${String(signal)}`));
    });
    try {
      for await (const text of createInterface({ input: child.stdout })) yield { text };
      const status = await ended;
      if (typeof status === 'string') throw this.#failure(status);
      if (status !== 0) yield { failed: said.trim().split('\n').at(-1) ?? `it failed with status ${status}` };
    } finally {
      if (child.exitCode === null && child.pid !== undefined) kill(child.pid);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
