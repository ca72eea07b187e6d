import type { GuestView } from '../../src/inspect/guest-view.ts';
import type { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type CodeFiles, KnownCode } from './known-code.ts';

/** What a guest's code is at whatever moment its view has come to: a packed kernel has symbols only when it has unpacked itself. */
export class CodeAtHand {
  readonly #reader: TapeReader;
  readonly #view: GuestView;
  readonly #symbols: ReplaySymbols;
  readonly #files: CodeFiles;
  #code: KnownCode | undefined;
  #codeOf: GuestSymbols | undefined;

  constructor(reader: TapeReader, view: GuestView, symbols: ReplaySymbols, files: CodeFiles = {}) {
    this.#reader = reader;
    this.#view = view;
    this.#symbols = symbols;
    this.#files = files;
  }

  /** @throws Failure where a file is none */
  get known(): KnownCode {
    const symbols = this.#symbols.known(this.#view.machine);
    if (this.#code === undefined || symbols !== this.#codeOf)
      this.#code = new KnownCode(this.#reader, this.#view, symbols, this.#files);
    this.#codeOf = symbols;
    return this.#code;
  }
}
