import { Failure } from '../../src/base/failure.ts';
import { MiB } from '../../src/base/limits.ts';
import { TextWatches } from '../../src/base/text-watch.ts';
import { WINDOW_SIZE_MAX, type WindowSize } from '../../src/devices/virtio/console-control.ts';
import { isConsole } from '../../src/trace/events/index.ts';
import { icountOf } from './numbers.ts';
import { readText } from './read-text.ts';

const SCRIPT_BYTES_MAX = 4 * MiB;

type Step =
  /** By number: of one of the guest's consoles; of any that is no port where it is left out. */
  | { readonly kind: 'expect'; readonly text: Buffer; readonly from?: number }
  | { readonly kind: 'send'; readonly text: Buffer; readonly at?: number; readonly to?: number }
  /** Of a virtio console. */
  | { readonly kind: 'resize'; readonly size: WindowSize; readonly at?: number }
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
 * Input by script: lines `expect TEXT`, `send TEXT`, `press power`, `resize COLUMNSxROWS`, all but the first perhaps behind `at ICOUNT`, comments with `#`.
 * `to NAME send TEXT` and `from NAME expect TEXT` are of a port, or of `hvc0` or `uart` alone. Text may hold
 * \n, \r, \t, \e, \\ and \xNN; a sent line ends with a newline unless it ends with \n or \r by itself.
 */
export class InputScript {
  readonly #steps: readonly Step[];
  #next = 0;
  /** Looks for the text that is expected now. */
  #expected: TextWatches | null = null;
  /** Bytes of the step at hand that were sent already. */
  #sent = 0;

  /**
   * @param path a file or pipe; `-` is standard input
   * @param consoles of the machine, by their numbers
   * @throws Failure
   */
  constructor(path: string, consoles: readonly string[]) {
    const text = readText('--input', path, SCRIPT_BYTES_MAX);
    this.#steps = text.split('\n').flatMap((line, i) => parseLine(line, `--input ${path}: line ${i + 1}`, consoles));
  }

  get #step(): Step | undefined {
    return this.#steps[this.#next];
  }

  /** Instruction count at which the next step is due; infinite where it waits for text. */
  get nextAt(): number {
    const step = this.#step;
    return step === undefined || step.kind === 'expect' ? Number.POSITIVE_INFINITY : (step.at ?? 0);
  }

  /** Takes a byte of a console; true when the text that was expected is complete. */
  see(byte: number, console: number): boolean {
    const step = this.#step;
    if (step?.kind !== 'expect' || (step.from === undefined ? !isConsole(console) : step.from !== console))
      return false;
    this.#expected ??= new TextWatches(step.text);
    if (!this.#expected.see(byte, console)) return false;
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

  /** The console's size, once it is another. */
  resizes(icount: number): WindowSize | undefined {
    const step = this.#step;
    if (step?.kind !== 'resize' || (step.at ?? 0) > icount) return undefined;
    this.#next++;
    return step.size;
  }

  /** Which console the next step sends to; undefined where it is none that does, or says nothing of that. */
  get to(): number | undefined {
    const step = this.#step;
    return step?.kind === 'send' ? step.to : undefined;
  }
  /** What is to be sent there now, at most `bytesMax`: up to the next step that waits for text or for an instruction count, or sends elsewhere. */
  due(icount: number, bytesMax: number): Buffer {
    const out: Buffer[] = [];
    let room = bytesMax;
    const { to } = this;
    for (
      let step = this.#step;
      step?.kind === 'send' && step.to === to && (step.at ?? 0) <= icount && room > 0;
      step = this.#step
    ) {
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

function parseLine(line: string, where: string, consoles: readonly string[]): Step[] {
  if (/^\s*(#|$)/.test(line)) return [];
  const match =
    /^\s*(?:(?:from\s+(\S+)\s+)?(expect)|(?:at\s+(\S+)\s+)?(?:(?:to\s+(\S+)\s+)?(send)|(press|resize))) (.*?)\r?$/.exec(
      line,
    );
  if (!match)
    throw new Failure(
      `${where}: not "expect TEXT", "send TEXT", "press power", "resize COLUMNSxROWS", or one of the last three behind "at ICOUNT"`,
    );
  const [, from, expects, at, to, sends, key, text = ''] = match;
  const console = (name: string): number => {
    const number = consoles.indexOf(name);
    if (number < 0) throw new Failure(`${where}: the guest has no console ${name}; it has ${consoles.join(', ')}`);
    return number;
  };
  if (expects) {
    if (text === '') throw new Failure(`${where}: give the text to expect`);
    return [{ kind: 'expect', text: unescaped(text), ...(from ? { from: console(from) } : {}) }];
  }
  const place = at ? { at: icountOf(`${where}: at`, at) } : {};
  if (sends) return [{ kind: 'send', text: typed(text), ...place, ...(to ? { to: console(to) } : {}) }];
  if (key === 'resize') return [{ kind: 'resize', size: sizeOf(text, where, consoles), ...place }];
  if (text.trim() !== 'power') throw new Failure(`${where}: there is no such key; "press power" is the one`);
  return [{ kind: 'press', ...place }];
}

function sizeOf(text: string, where: string, consoles: readonly string[]): WindowSize {
  const [, cols, rows] = /^([0-9]{1,5})x([0-9]{1,5})\s*$/.exec(text) ?? [];
  const size = { cols: Number(cols), rows: Number(rows) };
  if (!(size.cols <= WINDOW_SIZE_MAX && size.rows <= WINDOW_SIZE_MAX))
    throw new Failure(`${where}: a size in characters is COLUMNSxROWS, as 132x43`);
  if (consoles.length === 1) throw new Failure(`${where}: only a virtio console has a size; give --virtio-console`);
  return size;
}
