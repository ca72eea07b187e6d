/** Looks for a text in bytes as they come, in the same time for each byte (Knuth, Morris, Pratt). */
export class TextWatch {
  readonly #text: Uint8Array;
  /** For each length of a match, the length of the next shorter one that may go on. */
  readonly #shorter: Uint32Array;
  #matched = 0;
  /** The text was complete at least once. */
  found = false;

  /** @param text not empty */
  constructor(text: string | Uint8Array) {
    this.#text = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    this.#shorter = new Uint32Array(this.#text.length + 1);
    for (let length = 1, matched = 0; length < this.#text.length; length++) {
      matched = this.#longer(matched, this.#text[length] as number);
      this.#shorter[length + 1] = matched;
    }
  }
  /** True when the text is complete with this byte. */
  see(byte: number): boolean {
    this.#matched = this.#longer(this.#matched, byte);
    if (this.#matched < this.#text.length) return false;
    this.#matched = 0;
    this.found = true;
    return true;
  }
  #longer(matched: number, byte: number): number {
    while (matched > 0 && this.#text[matched] !== byte) matched = this.#shorter[matched] as number;
    return this.#text[matched] === byte ? matched + 1 : 0;
  }
}

/** Looks for a text in several streams of bytes, in each by itself. */
export class TextWatches {
  readonly #text: string | Uint8Array;
  readonly #streams: TextWatch[] = [];
  /** The text was complete at least once. */
  found = false;

  /** @param text not empty */
  constructor(text: string | Uint8Array) {
    this.#text = text;
  }
  /** True when the text is complete in a stream, of number `stream`, with this byte. */
  see(byte: number, stream: number): boolean {
    let watch = this.#streams[stream];
    if (watch === undefined) {
      watch = new TextWatch(this.#text);
      this.#streams[stream] = watch;
    }
    if (!watch.see(byte)) return false;
    this.found = true;
    return true;
  }
}
