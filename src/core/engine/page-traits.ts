import { PAGE_BYTES } from '../../base/page.ts';

/** What is known of a page of the emulated physical memory, a bit each. */
export const Trait = {
  /** Code of it is translated or lifted: a store drops that, in a block of its own. */
  code: 1 << 0,
  /** Not written to since `takeWritten`: the first store takes note. */
  clean: 1 << 1,
  /** Loads from it, or stores to it, are watched (`Watchpoints`). */
  watchRead: 1 << 2,
  watchWrite: 1 << 3,
  /** Entries of the TLB that a TLBI may leave were made by a table there: the first store takes note. */
  table: 1 << 4,
} as const;
/** What keeps a page out of the inline TLB for stores. */
const STORES_SLOW = Trait.code | Trait.clean | Trait.watchWrite | Trait.table;

/**
 * The traits of each page. A page that has any but `watchRead` is in no inline TLB for stores, so that every store to it takes the
 * slow path; one with `watchRead` is in none for loads. Whoever gives a page a trait drops it there.
 */
export class PageTraits {
  /** By physical page. */
  readonly of: Uint8Array;
  /** Pages that were clean and have been written to, in the order of their first stores. */
  #written: number[] = [];
  /** Told before the first store to a page since `takeWritten`. */
  onFirstStore: ((page: number) => void) | null = null;
  /** Told before the first store to a page since it got `table`. */
  onTableStore: (page: number) => void = () => {};

  constructor(memoryBytes: number) {
    this.of = new Uint8Array(Math.ceil(memoryBytes / PAGE_BYTES));
  }

  /** From now on the pages that are written to are noted. Nothing may have been written yet. */
  track(): void {
    for (let page = 0; page < this.of.length; page++) this.add(page, Trait.clean);
  }

  has(page: number, trait: number): boolean {
    return ((this.of[page] as number) & trait) !== 0;
  }
  add(page: number, trait: number): void {
    this.of[page] = (this.of[page] as number) | trait;
  }
  remove(page: number, trait: number): void {
    this.of[page] = (this.of[page] as number) & ~trait;
  }
  /** Stores to the page need not be seen. */
  isQuickToStore(page: number): boolean {
    return !this.has(page, STORES_SLOW);
  }
  removeAll(trait: number): void {
    for (let page = 0; page < this.of.length; page++) this.of[page] = (this.of[page] as number) & ~trait;
  }

  /** A store to the page is about to be made. */
  noteWrite(page: number): void {
    if (!this.has(page, Trait.clean | Trait.table)) return;
    if (this.has(page, Trait.table)) {
      this.remove(page, Trait.table);
      this.onTableStore(page);
    }
    if (!this.has(page, Trait.clean)) return;
    this.onFirstStore?.(page);
    this.remove(page, Trait.clean);
    this.#written.push(page);
  }

  /** Those that `takeWritten` would tell. */
  get written(): readonly number[] {
    return this.#written;
  }
  /** The pages written to since the last call, which are clean again. */
  takeWritten(): readonly number[] {
    const written = this.#written;
    this.#written = [];
    for (const page of written) this.add(page, Trait.clean);
    return written;
  }
}
