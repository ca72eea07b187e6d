import { differsFrom, type Witness } from '../replay/symbols/same-kernel.ts';
import { bytesOf, hexNumber, hexOf, latin1, textOf } from './packet.ts';

/**
 * Asks a client where its symbols have some of the guest's functions (`qSymbol`), which it lets us do whenever it has read a file of
 * symbols: one of another build, or one that lies elsewhere, would name everything wrongly, and say nothing of it.
 */
export class SymbolCheck {
  readonly #witnesses: () => readonly Witness[];
  #asked: readonly Witness[] = [];
  readonly #answers = new Map<string, bigint>();
  /** What is wrong with the client's symbols, until it was told. */
  #finding: string | undefined;

  constructor(witnesses: () => readonly Witness[]) {
    this.#witnesses = witnesses;
  }

  /** What is wrong, once. */
  take(): string | undefined {
    const finding = this.#finding;
    this.#finding = undefined;
    return finding;
  }

  /** `text` is what follows `qSymbol:`: `:` where the client offers to look names up, else `VALUE:NAME`. The reply. */
  answer(text: string): string {
    const [value = '', name = ''] = text.split(':');
    if (name === '') {
      this.#asked = this.#witnesses();
      this.#answers.clear();
    } else {
      const [at, found] = [hexNumber(value), textOf(bytesOf(name) ?? latin1(''))];
      if (at !== undefined && this.#asked.some((witness) => witness.name === found)) this.#answers.set(found, at);
    }
    const last =
      name === '' ? -1 : this.#asked.findIndex((witness) => hexOf(latin1(witness.name)) === name.toLowerCase());
    const next = name !== '' && last < 0 ? undefined : this.#asked[last + 1];
    if (next !== undefined) return `qSymbol:${hexOf(latin1(next.name))}`;
    const differs = differsFrom(this.#asked, (wanted) => this.#answers.get(wanted));
    this.#finding =
      differs === undefined
        ? undefined
        : `the debugger's symbols are not those of the guest's kernel: they have ${differs}: what they name lies elsewhere`;
    return 'OK';
  }
}
