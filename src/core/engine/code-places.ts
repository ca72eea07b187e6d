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

/** All that is known of places. */
export interface SavedPlaces {
  /** Of each page in a configuration: its number, that of the configuration, the shift of its places, and how many of these are known. */
  readonly pages: Uint32Array;
  /** These, page by page. */
  readonly places: Uint16Array;
  /** The number of the cell that each has. */
  readonly cells: Uint32Array;
  /** So many cells there are, and the next free slot. */
  readonly refs: number;
  readonly slots: number;
}
const PAGE_WORDS = 4;

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
    const pages: number[] = [];
    const of = new Uint16Array(this.#refs);
    const refs = new Uint32Array(this.#refs);
    let next = 0;
    for (let page = 0; page < PAGES_MAX; page++)
      for (let number = this.#first[page] as number; number !== 0; number = this.#at(number).next) {
        const { cells: known, shift, config } = this.#at(number);
        const first = next;
        for (const [place, cell] of known.entries()) {
          if (cell === 0) continue;
          of[next] = place;
          refs[next++] = (cell - cells.BLOCK_REFS) >>> 2;
        }
        pages.push(page, config, shift, next - first);
      }
    return { pages: Uint32Array.from(pages), places: of, cells: refs, refs: this.#refs, slots: this.#slots };
  }
  /**
   * What was saved, before anything else was asked for; false where that leaves less than half of the room, and nothing happened.
   * @throws RangeError where it was not saved so
   */
  restore({ pages, places, cells: ofPlaces, refs, slots }: SavedPlaces): boolean {
    if (refs > cells.BLOCK_REFS_MAX / 2 || slots > SLOTS_MAX / 2) return false;
    if (!(Number.isInteger(refs) && refs >= 0 && Number.isInteger(slots) && slots >= 1))
      throw new RangeError('no numbers of cells and slots');
    const isKnown = new Uint8Array(refs);
    let next = 0;
    for (let at = 0; at < pages.length; at += PAGE_WORDS) {
      const [page, config, shift, count] = pages.subarray(at, at + PAGE_WORDS) as unknown as [
        number,
        number,
        number,
        number,
      ];
      if (!(page < PAGES_MAX && (shift === WORD_SHIFT || shift === HALFWORD_SHIFT) && count <= places.length - next))
        throw new RangeError('no places of a page');
      const of = this.#at(this.#numberOf(page, config) || this.#add(page, config));
      if (shift === HALFWORD_SHIFT) widen(of);
      for (const end = next + count; next < end; next++) {
        const [place, ref] = [places[next] as number, ofPlaces[next] as number];
        if (!(place < of.cells.length && ref < refs && isKnown[ref] === 0)) throw new RangeError('no place of a cell');
        isKnown[ref] = 1;
        of.cells[place] = cells.BLOCK_REFS + 4 * ref;
      }
    }
    this.#refs = refs;
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
