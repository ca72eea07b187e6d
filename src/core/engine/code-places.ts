import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import * as cells from '../state/cells.ts';

/** Of bytes that share a place, the logarithm: instructions of A64 and A32 start at multiples of 4, T32's at even offsets (DDI 0406C, A4.1). */
const WORD_SHIFT = 2;
const HALFWORD_SHIFT = 1;
/** At most. */
const PLACES_A_PAGE = PAGE_BYTES >> HALFWORD_SHIFT;
/** Regions of one cache; slot 0 is the stub's. */
export const SLOTS_MAX = 1 << 17;
const REGIONS_A_MODULE_MAX = 256;
/** Pages in all configurations that they were met in, 4 KiB each, of T32 code 8; a boot of Debian comes to two thousand. */
const PLACES_MAX = 1 << 14;
/** More than there are pages in a linear memory of 4 GiB. */
export const PAGES_MAX = 1 << 20;

/** The places of a page in a configuration. */
interface PagePlaces {
  readonly config: number;
  /** WORD_SHIFT, until there is a block at another offset. */
  shift: number;
  /** Of each place the address of its cell, 0 where it has none yet. */
  cells: Int32Array;
  /** Those of the same page in another configuration: its number, 0 at the end. */
  next: number;
}

const noPlaces = (config: number, next: number): PagePlaces => ({
  config,
  shift: WORD_SHIFT,
  cells: new Int32Array(PAGE_BYTES >> WORD_SHIFT),
  next,
});
const isPlace = ({ shift }: PagePlaces, offset: number): boolean => shift === HALFWORD_SHIFT || offset % 4 === 0;
const knownOf = (places: PagePlaces, offset: number): number =>
  isPlace(places, offset) ? (places.cells[offset >> places.shift] as number) : 0;
function widen(places: PagePlaces): void {
  const words = places.cells;
  places.shift = HALFWORD_SHIFT;
  places.cells = new Int32Array(PLACES_A_PAGE);
  for (const [place, cell] of words.entries()) places.cells[place << (WORD_SHIFT - HALFWORD_SHIFT)] = cell;
}

/** All that is known of places: by number of the cell, where its block stands. */
export interface SavedPlaces {
  readonly pages: Uint32Array;
  readonly offsets: Uint16Array;
  readonly configs: Uint16Array;
  /** The next free slot. */
  readonly slots: number;
}

/** Which cell of BLOCK_REFS each known block has, by (physical page, configuration's number, offset), and which slots of the table are taken. */
export class CodePlaces {
  /** By number; 0 is nobody's. */
  readonly #places: PagePlaces[] = [noPlaces(-1, 0)];
  /** By page: the number of the first. Read at each look-up, so that it is no map. */
  readonly #first = new Uint16Array(PAGES_MAX);
  /** Numbers that are to be had again. */
  readonly #free: number[] = [];
  #slots = 1;
  #refs = 0;

  get isEmpty(): boolean {
    return this.#refs === 0;
  }
  get isFull(): boolean {
    return (
      this.#slots > SLOTS_MAX - REGIONS_A_MODULE_MAX ||
      this.#refs > cells.BLOCK_REFS_MAX - PLACES_A_PAGE ||
      this.#places.length - this.#free.length > PLACES_MAX
    );
  }

  /** The address of the block's cell. */
  cell(page: number, offset: number, config: number): number {
    const places = this.#places[this.#numberOf(page, config) || this.#add(page, config)] as PagePlaces;
    const known = knownOf(places, offset);
    if (known !== 0) return known;
    assert(this.#refs < cells.BLOCK_REFS_MAX, 'the code cache is flushed before it overflows');
    const cell = cells.BLOCK_REFS + 4 * this.#refs++;
    if (!isPlace(places, offset)) widen(places);
    places.cells[offset >> places.shift] = cell;
    return cell;
  }
  /** The same of a block that was asked for before; else 0. */
  known(page: number, offset: number, config: number): number {
    return knownOf(this.#at(this.#numberOf(page, config)), offset);
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
    this.#places[number] = noPlaces(config, this.#first[page] as number);
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
      const { cells: places, shift } = this.#at(number);
      const end = (to + (1 << shift) - 1) >> shift;
      for (let place = from >> shift; place < end; place++) {
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

  save(): SavedPlaces {
    const refs = this.#refs;
    const saved = { pages: new Uint32Array(refs), offsets: new Uint16Array(refs), configs: new Uint16Array(refs) };
    for (let page = 0; page < PAGES_MAX; page++)
      for (let number = this.#first[page] as number; number !== 0; number = this.#at(number).next) {
        const { cells: places, shift, config } = this.#at(number);
        for (const [place, cell] of places.entries()) {
          if (cell === 0) continue;
          const ref = (cell - cells.BLOCK_REFS) >>> 2;
          saved.pages[ref] = page;
          // Odd where the page's places are halfwords, as T32's are: they are to be so again.
          saved.offsets[ref] = (place << shift) | (shift === HALFWORD_SHIFT ? 1 : 0);
          saved.configs[ref] = config;
        }
      }
    return { ...saved, slots: this.#slots };
  }
  /** What was saved, before anything else was asked for; false where that leaves less than half of the room, and nothing happened. */
  restore({ pages, offsets, configs, slots }: SavedPlaces): boolean {
    if (pages.length > cells.BLOCK_REFS_MAX / 2 || slots > SLOTS_MAX / 2) return false;
    for (let ref = 0; ref < pages.length; ref++) {
      this.cell(pages[ref] as number, offsets[ref] as number, configs[ref] as number);
      // Of a block that is there twice: its numbers would not be those that were saved.
      if (this.#refs !== ref + 1) throw new RangeError('two cells of one block');
    }
    this.#slots = slots;
    return true;
  }

  /** Slots in a row for regions to be translated next: the first one. */
  takeSlots(count: number): number {
    assert(this.#slots + count <= SLOTS_MAX, 'the code cache is flushed before it overflows');
    const slot = this.#slots;
    this.#slots += count;
    return slot;
  }
}
