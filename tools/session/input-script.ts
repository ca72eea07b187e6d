import { Failure } from '../../src/base/failure.ts';
import { MiB } from '../../src/base/limits.ts';
import { TextWatch } from '../../src/base/text-watch.ts';
import { icountOf } from './numbers.ts';
import { readText } from './read-text.ts';

const SCRIPT_BYTES_MAX = 4 * MiB;

type Step =
  | { readonly kind: 'expect'; readonly text: Buffer }
  | { readonly kind: 'send'; readonly text: Buffer; readonly at?: number }
  /** Of the machine's power key. */
  | { readonly kind: 'press'; readonly at?: number };

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', e: '\x1b' };

/** \xNN is a byte, whatever it is in UTF-8. */
function unescaped(text: string): Buffer {
  const pieces = text.split(/(\\x[0-9a-fA-F]{2}|\\.)/).map((piece, i) => {
    if (i % 2 === 0) return Buffer.from(piece, 'utf8');
    const code = piece.slice(1);
    return code.length === 3 ? Buffer.from(code.slice(1), 'hex') : Buffer.from(ESCAPES[code] ?? code, 'utf8');
  });
  return Buffer.concat(pieces);
}

/** A line to type ends with Enter, unless it says itself how it ends. */
const typed = (text: string): Buffer => unescaped(/\\[nr]$/.test(text) ? text : `${text}\\n`);

/**
 * Input by script: lines `expect TEXT`, `send TEXT`, `press power`, the latter two perhaps behind `at ICOUNT`, comments with `#`. Text may hold
 * \n, \r, \t, \e, \\ and \xNN; a sent line ends with a newline unless it ends with \n or \r by itself.
 */
export class InputScript {
  readonly #steps: readonly Step[];
  #next = 0;
  /** Looks for the text that is expected now. */
  #expected: TextWatch | null = null;
  /** Bytes of the step at hand that were sent already. */
  #sent = 0;

  /** @param path a file or pipe; `-` is standard input. @throws Failure */
  constructor(path: string) {
    const text = readText('--input', path, SCRIPT_BYTES_MAX);
    this.#steps = text.split('\n').flatMap((line, i) => parseLine(line, `--input ${path}: line ${i + 1}`));
  }

  get #step(): Step | undefined {
    return this.#steps[this.#next];
  }

  /** Instruction count at which the next step is due; infinite where it waits for text. */
  get nextAt(): number {
    const step = this.#step;
    return step === undefined || step.kind === 'expect' ? Number.POSITIVE_INFINITY : (step.at ?? 0);
  }

  /** Takes a byte of the console; true when the text that was expected is complete. */
  see(byte: number): boolean {
    const step = this.#step;
    if (step?.kind !== 'expect') return false;
    this.#expected ??= new TextWatch(step.text);
    if (!this.#expected.see(byte)) return false;
    this.#expected = null;
    this.#next++;
    return true;
  }

  /** True once the power key is to be pressed. */
  presses(icount: number): boolean {
    const step = this.#step;
    if (step?.kind !== 'press' || (step.at ?? 0) > icount) return false;
    this.#next++;
    return true;
  }

  /** What is to be sent now, at most `bytesMax`: up to the next step that waits for text or for an instruction count. */
  due(icount: number, bytesMax: number): Buffer {
    const out: Buffer[] = [];
    let room = bytesMax;
    for (let step = this.#step; step?.kind === 'send' && (step.at ?? 0) <= icount && room > 0; step = this.#step) {
      const piece = step.text.subarray(this.#sent, this.#sent + room);
      out.push(piece);
      room -= piece.length;
      this.#sent += piece.length;
      if (this.#sent < step.text.length) break;
      this.#sent = 0;
      this.#next++;
    }
    return Buffer.concat(out);
  }
}

function parseLine(line: string, where: string): Step[] {
  if (/^\s*(#|$)/.test(line)) return [];
  const match = /^\s*(?:(expect)|(?:at\s+(\S+)\s+)?(send|press)) (.*?)\r?$/.exec(line);
  if (!match)
    throw new Failure(
      `${where}: not "expect TEXT", "send TEXT", "press power", or one of these two behind "at ICOUNT"`,
    );
  const text = match[4] as string;
  if (match[1]) {
    if (text === '') throw new Failure(`${where}: give the text to expect`);
    return [{ kind: 'expect', text: unescaped(text) }];
  }
  const place = match[2] ? { at: icountOf(`${where}: at`, match[2]) } : {};
  if (match[3] === 'send') return [{ kind: 'send', text: typed(text), ...place }];
  if (text.trim() !== 'power') throw new Failure(`${where}: there is no such key; "press power" is the one`);
  return [{ kind: 'press', ...place }];
}
