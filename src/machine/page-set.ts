/**
 * Pages by their numbers, each once: a set of which thousands are asked for each of thousands, which costs a byte of memory a page, where the
 * system gives no more of it than is used.
 */
export class PageSet {
  readonly #has: Uint8Array;
  #pages: number[] = [];

  /** @param pages that there are */
  constructor(pages: number) {
    this.#has = new Uint8Array(pages);
  }

  get size(): number {
    return this.#pages.length;
  }
  has(page: number): boolean {
    return this.#has[page] === 1;
  }
  add(page: number): void {
    if (this.#has[page] === 1) return;
    this.#has[page] = 1;
    this.#pages.push(page);
  }
  clear(): void {
    for (const page of this.#pages) this.#has[page] = 0;
    this.#pages = [];
  }
  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<number> {
    return this.#pages.values();
  }
  ascending(): Uint32Array {
    return Uint32Array.from(this.#pages).sort();
  }
}
