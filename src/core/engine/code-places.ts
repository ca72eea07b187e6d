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
export const PAGES_MAX = 1 << 20;

/** The places of a page in a configuration. */
interface PagePlaces {
  readonly config: number;
  /** Of each place the address of its cell, 0 where it has none yet. */
  readonly cells: Int32Array;
  /** Those of the same page in another configuration: its number, 0 at the end. */
  next: number;
}

/** Which cell of BLOCK_REFS each known block has, by (physical page, configuration's number, offset), and which slots of the table are taken. */
export class CodePlaces {
  /** By number; 0 is nobody's. */
  readonly #places: PagePlaces[] = [{ config: -1, cells: new Int32Array(PLACES_A_PAGE), next: 0 }];
  /** By page: the number of the first. Read at each look-up, so that it is no map. */
  readonly #first = new Uint16Array(PAGES_MAX);
  /** Numbers that are to be had again. */
  readonly #free: number[] = [];
  #slots = 1;
  #refs = 0;

  get isFull(): boolean {
    return (
      this.#slots > SLOTS_MAX - REGIONS_A_MODULE_MAX ||
      this.#refs > cells.BLOCK_REFS_MAX - PLACES_A_PAGE ||
      this.#places.length - this.#free.length > PLACES_MAX
    );
  }

  /** The address of the block's cell. */
  cell(page: number, offset: number, config: number): number {
    const { cells: places } = this.#places[this.#numberOf(page, config) || this.#add(page, config)] as PagePlaces;
    const known = places[offset >> 1] as number;
    if (known !== 0) return known;
    assert(this.#refs < cells.BLOCK_REFS_MAX, 'the code cache is flushed before it overflows');
    const cell = cells.BLOCK_REFS + 4 * this.#refs++;
    places[offset >> 1] = cell;
    return cell;
  }
  /** The same of a block that was asked for before; else 0. */
  known(page: number, offset: number, config: number): number {
    return (this.#places[this.#numberOf(page, config)] as PagePlaces).cells[offset >> 1] as number;
  }
  #numberOf(page: number, config: number): number {
    let number = this.#first[page] as number;
    for (; number !== 0; number = this.#at(number).next) if (this.#at(number).config === config) return number;
    return 0;
  }
  #at(number: number): PagePlaces {
    return this.#places[number] as PagePlaces;
  }
  #add(page: number, config: number): number {
    const number = this.#free.pop() ?? this.#places.length;
    this.#places[number] = { config, cells: new Int32Array(PLACES_A_PAGE), next: this.#first[page] as number };
    this.#first[page] = number;
    return number;
  }
  /** In how many configurations the page was met. */
  configurations(page: number): number {
    let count = 0;
    for (let number = this.#first[page] as number; number !== 0; number = this.#at(number).next) count++;
    return count;
  }
  /** Calls back with each cell of a page, of offsets from `from` up to `to`. */
  forEach(page: number, see: (cell: number) => void, from = 0, to = PAGE_BYTES): void {
    for (let number = this.#first[page] as number; number !== 0; number = this.#at(number).next) {
      const { cells: places } = this.#at(number);
      for (let place = from >> 1; place < to >> 1; place++) {
        const cell = places[place] as number;
        if (cell !== 0) see(cell);
      }
    }
  }
  /** Its blocks get other cells. */
  forget(page: number): void {
    for (let number = this.#first[page] as number; number !== 0; ) {
      const { next } = this.#at(number);
      this.#places[number] = this.#at(0);
      this.#free.push(number);
      number = next;
    }
    this.#first[page] = 0;
  }

  /** Slots in a row for regions to be translated next: the first one. */
  takeSlots(count: number): number {
    assert(this.#slots + count <= SLOTS_MAX, 'the code cache is flushed before it overflows');
    const slot = this.#slots;
    this.#slots += count;
    return slot;
  }
}
