import { stripVTControlCharacters } from 'node:util';
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

/** Makes lines of what comes piece by piece, each with the moment at which its first byte came. Of long consoles the middle is left out. */
export class ConsoleLines {
  readonly #kept: { readonly lines: number; readonly chars: number };
  readonly #head: { readonly at: number; readonly text: string }[] = [];
  #headChars = 0;
  #isHeadFull = false;
  #tail: { readonly at: number; readonly text: string }[] = [];
  #tailChars = 0;
  #dropped = 0;
  readonly #decoder = new TextDecoder('utf-8');
  #line = '';
  #lineAt = 0;
  #isOpen = false;

  constructor(kept: { readonly lines: number; readonly chars: number } = CONSOLE_KEPT) {
    this.#kept = kept;
  }

  add(at: number, bytes: Uint8Array): void {
    const pieces = this.#decoder.decode(bytes, { stream: true }).split('\n');
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) {
        this.#begin(at);
        this.#end();
      }
      if (piece === '') continue;
      this.#begin(at);
      // Sequences are cut out of the whole line: so much more of it is kept as they may take.
      if (this.#line.length < 2 * LINE_CHARS_MAX) this.#line += piece.slice(0, 2 * LINE_CHARS_MAX);
    }
  }

  #begin(at: number): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#lineAt = Math.max(at, this.#lineAt);
  }
  #end(): void {
    const line = { at: this.#lineAt, text: shown(this.#line) };
    this.#line = '';
    this.#isOpen = false;
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
    if (this.#isOpen) this.#end();
    this.#cut();
    const all = [...this.#head, ...this.#tail];
    const cut = this.#dropped === 0 ? {} : { cut: { behind: this.#head.length, lines: this.#dropped } };
    return { at: Float64Array.from(all, ({ at }) => at), lines: all.map(({ text }) => text), ...cut };
  }
}
