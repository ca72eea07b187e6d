import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import * as cells from '../state/cells.ts';

/** Blocks start at even offsets (T32: DDI 0406C, A4.1); A64 uses every other place. */
const PLACES_A_PAGE = PAGE_BYTES / 2;
/** Regions of one cache; slot 0 is the stub's. */
export const SLOTS_MAX = 1 << 17;
const REGIONS_A_MODULE_MAX = 256;
/** Pages in all configurations that they were met in, 8 KiB each; a boot of Debian comes to two thousand. */
const PLACES_MAX = 1 << 14;
/** More than there are pages in a linear memory of 4 GiB. */
const PAGES_MAX = 1 << 20;

/** Which cell of BLOCK_REFS each known block has, by (physical page, configuration's number, offset), and which slots of the table are taken. */
export class CodePlaces {
  /** By configuration and page, in one number: the address of each place's cell, 0 where it has none yet. */
  readonly #places = new Map<number, Int32Array>();
  #lastKey = -1;
  #lastPlaces: Int32Array = new Int32Array(0);
  /** The keys of them by page. */
  readonly #ofPage = new Map<number, number[]>();
  #slots = 1;
  #refs = 0;

  get isFull(): boolean {
    return (
      this.#slots > SLOTS_MAX - REGIONS_A_MODULE_MAX ||
      this.#refs > cells.BLOCK_REFS_MAX - PLACES_A_PAGE ||
      this.#places.size >= PLACES_MAX
    );
  }

  /** The address of the block's cell. */
  cell(page: number, offset: number, config: number): number {
    const places = this.#placesOf(page, config);
    const known = places[offset >> 1] as number;
    if (known !== 0) return known;
    assert(this.#refs < cells.BLOCK_REFS_MAX, 'the code cache is flushed before it overflows');
    const cell = cells.BLOCK_REFS + 4 * this.#refs++;
    places[offset >> 1] = cell;
    return cell;
  }
  /** The same of a block that was asked for before; else 0. */
  known(page: number, offset: number, config: number): number {
    return this.#places.get(config * PAGES_MAX + page)?.[offset >> 1] ?? 0;
  }
  #placesOf(page: number, config: number): Int32Array {
    const key = config * PAGES_MAX + page;
    // A translation asks for many places of one page.
    if (key === this.#lastKey) return this.#lastPlaces;
    let places = this.#places.get(key);
    if (!places) {
      places = new Int32Array(PLACES_A_PAGE);
      this.#places.set(key, places);
      const others = this.#ofPage.get(page);
      if (others) others.push(key);
      else this.#ofPage.set(page, [key]);
    }
    this.#lastKey = key;
    this.#lastPlaces = places;
    return places;
  }

  /** In how many configurations the page was met. */
  configurations(page: number): number {
    return this.#ofPage.get(page)?.length ?? 0;
  }
  /** Calls back with each cell of a page, of offsets from `from` up to `to`. */
  forEach(page: number, see: (cell: number) => void, from = 0, to = PAGE_BYTES): void {
    for (const key of this.#ofPage.get(page) ?? []) {
      const places = this.#places.get(key) as Int32Array;
      for (let place = from >> 1; place < to >> 1; place++) {
        const cell = places[place] as number;
        if (cell !== 0) see(cell);
      }
    }
  }
  /** Its blocks get other cells. */
  forget(page: number): void {
    for (const key of this.#ofPage.get(page) ?? []) this.#places.delete(key);
    this.#ofPage.delete(page);
    this.#lastKey = -1;
  }

  /** Slots in a row for regions to be translated next: the first one. */
  takeSlots(count: number): number {
    assert(this.#slots + count <= SLOTS_MAX, 'the code cache is flushed before it overflows');
    const slot = this.#slots;
    this.#slots += count;
    return slot;
  }
}
