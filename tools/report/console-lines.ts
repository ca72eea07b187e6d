import { stripVTControlCharacters } from 'node:util';
import type { PortAt } from '../session/event-symbols.ts';
import type { ConsoleData } from './report-data.ts';

/** A line is carried to so many characters. */
const LINE_CHARS_MAX = 2000;
/** So much of the beginning and of the end of a console is carried, in lines and in characters. */
export const CONSOLE_KEPT = { lines: 20_000, chars: 1 << 20 } as const;

/** Pictures of control characters (Unicode, U+2400). */
const PICTURES = 0x2400;

/** A line as it is shown: what steers a terminal is left out, other controls become pictures. */
function shown(line: string): string {
  const text = stripVTControlCharacters(line).replace(/\r+$/, '').replaceAll('\t', '        ');
  const visible = text.replace(/\p{Cc}/gu, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(PICTURES + code) : code === 0x7f ? '\u2421' : '\ufffd';
  });
  return visible.length > LINE_CHARS_MAX ? `${visible.slice(0, LINE_CHARS_MAX)}…` : visible;
}

/** A line that is not at its end. */
interface OpenLine {
  readonly decoder: TextDecoder;
  /** What it begins with, where that is to be told. */
  readonly before: string;
  text: string;
  at: number;
  isOpen: boolean;
}

/**
 * Makes lines of what comes piece by piece, each with the moment at which its first byte came, and with the name of its console where that has one. Of long
 * consoles the middle is left out.
 */
export class ConsoleLines {
  readonly #kept: { readonly lines: number; readonly chars: number };
  readonly #head: { readonly at: number; readonly text: string }[] = [];
  #headChars = 0;
  #isHeadFull = false;
  #tail: { readonly at: number; readonly text: string }[] = [];
  #tailChars = 0;
  #dropped = 0;
  readonly #portAt: PortAt;
  /** By the number of its console. */
  readonly #open = new Map<number, OpenLine>();
  #lastAt = 0;

  constructor(portAt: PortAt, kept: { readonly lines: number; readonly chars: number } = CONSOLE_KEPT) {
    this.#portAt = portAt;
    this.#kept = kept;
  }

  add(at: number, bytes: Uint8Array, device: number): void {
    const open = this.#lineOf(device);
    const pieces = open.decoder.decode(bytes, { stream: true }).split('\n');
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) {
        this.#begin(open, at);
        this.#end(open);
      }
      if (piece === '') continue;
      this.#begin(open, at);
      // Sequences are cut out of the whole line: so much more of it is kept as they may take.
      if (open.text.length < 2 * LINE_CHARS_MAX) open.text += piece.slice(0, 2 * LINE_CHARS_MAX);
    }
  }
  #lineOf(device: number): OpenLine {
    const known = this.#open.get(device);
    if (known !== undefined) return known;
    const port = this.#portAt(device);
    const before = port === undefined ? '' : `${port}: `;
    const open = { decoder: new TextDecoder('utf-8'), before, text: '', at: 0, isOpen: false };
    this.#open.set(device, open);
    return open;
  }

  #begin(open: OpenLine, at: number): void {
    if (open.isOpen) return;
    open.isOpen = true;
    open.at = at;
  }
  /** Lines are told in the order of their ends, and of their moments: one that another has overtaken is as late as that. */
  #end(open: OpenLine): void {
    this.#lastAt = Math.max(open.at, this.#lastAt);
    const line = { at: this.#lastAt, text: `${open.before}${shown(open.text)}` };
    open.text = '';
    open.isOpen = false;
    const chars = line.text.length + 1;
    const { lines, chars: charsMax } = this.#kept;
    if (!this.#isHeadFull && this.#head.length < lines && this.#headChars + chars <= charsMax) {
      this.#head.push(line);
      this.#headChars += chars;
      return;
    }
    this.#isHeadFull = true;
    this.#tail.push(line);
    this.#tailChars += chars;
    // Cut in large pieces, since each is a copy.
    if (this.#tail.length > 2 * lines || this.#tailChars > 2 * charsMax) this.#cut();
  }
  #cut(): void {
    const { lines, chars } = this.#kept;
    let from = this.#tail.length;
    let kept = 0;
    while (from > 0 && this.#tail.length - from < lines) {
      kept += (this.#tail[from - 1]?.text.length ?? 0) + 1;
      if (kept > chars) break;
      from--;
    }
    this.#dropped += from;
    this.#tail = this.#tail.slice(from);
    this.#tailChars = this.#tail.reduce((sum, { text }) => sum + text.length + 1, 0);
  }

  take(): ConsoleData {
    for (const open of this.#open.values()) if (open.isOpen) this.#end(open);
    this.#cut();
    const all = [...this.#head, ...this.#tail];
    const cut = this.#dropped === 0 ? {} : { cut: { behind: this.#head.length, lines: this.#dropped } };
    return { at: Float64Array.from(all, ({ at }) => at), lines: all.map(({ text }) => text), ...cut };
  }
}
