import { readFileSync } from 'node:fs';
import { Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/base/system-error.ts';
import { icountOf } from './numbers.ts';

type Step =
  | { readonly kind: 'expect'; readonly text: Buffer }
  | { readonly kind: 'send'; readonly text: Buffer; readonly at?: number };

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', e: '\x1b' };

function unescaped(text: string): Buffer {
  const plain = text.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
  );
  return Buffer.from(plain, 'utf8');
}

/** A line to type ends with Enter, unless it says itself how it ends. */
const typed = (text: string): Buffer => unescaped(/\\[nr]$/.test(text) ? text : `${text}\\n`);

/**
 * Console input by script: lines `expect TEXT`, `send TEXT`, `at ICOUNT send TEXT`, comments with `#`. Text may hold
 * \n, \r, \t, \e, \\ and \xNN; a sent line ends with a newline unless it ends with \n or \r by itself.
 */
export class InputScript {
  readonly #steps: Step[];
  /** Console text since the last match, as far as a match could still need it. */
  #seen = Buffer.alloc(0);

  constructor(path: string) {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new Failure(`--input ${path}: ${systemError(error)}`);
    }
    this.#steps = text.split('\n').flatMap((line, i) => parseLine(line, `--input ${path}: line ${i + 1}`));
  }

  /** Instruction count at which the next step is due; infinite where it waits for text. */
  get nextAt(): number {
    const step = this.#steps[0];
    return step?.kind === 'send' ? (step.at ?? 0) : Number.POSITIVE_INFINITY;
  }

  /** Takes a byte of the console; true when the text that was expected is complete. */
  see(byte: number): boolean {
    const step = this.#steps[0];
    if (step?.kind !== 'expect') return false;
    const { text } = step;
    this.#seen = Buffer.concat([this.#seen, Uint8Array.of(byte)]).subarray(-text.length);
    if (!this.#seen.equals(text)) return false;
    this.#seen = Buffer.alloc(0);
    this.#steps.shift();
    return true;
  }

  /** What is to be sent now: every step up to the next that waits for text or for an instruction count. */
  due(icount: number): Buffer {
    const out: Buffer[] = [];
    for (let step = this.#steps[0]; step?.kind === 'send' && (step.at ?? 0) <= icount; step = this.#steps[0]) {
      out.push(step.text);
      this.#steps.shift();
    }
    return Buffer.concat(out);
  }
}

function parseLine(line: string, where: string): Step[] {
  if (/^\s*(#|$)/.test(line)) return [];
  const match = /^\s*(?:(expect)|(?:at\s+(\S+)\s+)?(send)) (.*?)\r?$/.exec(line);
  if (!match) throw new Failure(`${where}: not "expect TEXT", "send TEXT" or "at ICOUNT send TEXT"`);
  const text = match[4] as string;
  if (match[1]) return [{ kind: 'expect', text: unescaped(text) }];
  return [{ kind: 'send', text: typed(text), ...(match[2] ? { at: icountOf(`${where}: at`, match[2]) } : {}) }];
}
