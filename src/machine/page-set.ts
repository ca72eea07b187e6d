/**
 * Pages by their numbers, each once: what KVM's dirty log (KVM_GET_DIRTY_LOG) has a bit for has a byte here, and a place in a list, since
 * thousands are asked for each of thousands. The system gives no more of the bytes than is used. Those of disks, of which there may be any
 * number, are in a map.
 */
export class PageSet {
  /** Derived from what is added. */
  readonly #own: Uint8Array;
  /** Derived likewise. */
  readonly #beyond = new Set<number>();
  /** Derived likewise. */
  #pages: number[] = [];

  /** @param own pages from 0 on; further ones may be added too */
  constructor(own: number) {
    this.#own = new Uint8Array(own);
  }

  get size(): number {
    return this.#pages.length;
  }
  has(page: number): boolean {
    return page < this.#own.length ? this.#own[page] === 1 : this.#beyond.has(page);
  }
  add(page: number): void {
    if (this.has(page)) return;
    if (page < this.#own.length) this.#own[page] = 1;
    else this.#beyond.add(page);
    this.#pages.push(page);
  }
  clear(): void {
    for (const page of this.#pages) if (page < this.#own.length) this.#own[page] = 0;
    this.#beyond.clear();
    this.#pages = [];
  }
  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<number> {
    return this.#pages.values();
  }
  ascending(): Float64Array {
    return Float64Array.from(this.#pages).sort();
  }
}
