import { assert } from '../../base/assert.ts';
import { BlockCounts } from './block-counts.ts';
import { stage1BitsOf } from './tlb-result.ts';

/** Spaces have numbers of 12 bits. */
export const SPACES_MAX = 4096;
/** Spaces that have entries, at most. */
export const SPACES_WITH_ENTRIES_MAX = SPACES_MAX / 2;
/**
 * Entries, at most: an entry beyond drops all others. A boot of Debian comes to some ten thousand. It is what a guest can
 * notice of this number, so it is a part of the machine's semantics.
 */
export const TLB_ENTRIES_MAX = 1 << 17;
const FIRST_CAPACITY = 1 << 12;

/** ASID serial of global entries. */
export const GLOBAL = 0;
/** Matches the entries of all ASIDs. */
export const ANY_ASID = -1;
/** Of a VA's high half: what TLBs compare (VA[55:32]). */
export const VA_HIGH_MASK = 0x00ff_ffff;
/** VA[55] selects TTBR1_EL1's range. */
export const isUpper = (vaHi: number): boolean => (vaHi & 0x0080_0000) !== 0;
/** VA[63:32] of VA[55:32]: VA[55] repeated above. */
export const signExtended = (vaHi: number): number => ((vaHi << 8) >> 8) >>> 0;

/** Index of no entry. */
export const NONE = 0;
/** Key of a free entry: space 0 is none. */
const FREE = 0;

const SPACE_MASK = SPACES_MAX - 1;
const PAGE_BITS = 12;

/** What is told of each entry that a TLB maintenance instruction drops by address. */
export type OnDrop = (vaLo: number, vaHi: number) => void;

/**
 * Translations, combined of both stages, at 4 KiB granularity. An entry belongs to a space (a regime, VMID and setting of
 * the control registers, numbered 1..4095) and to the serial of an ASID, or is global; there is at most one for a page, space
 * and serial.
 *
 * A guest can notice what is in here: an entry outlives a change of the tables until a TLBI. So no entry ever goes but by what
 * the guest does: none makes room for another.
 */
export class Tlb {
  #capacity = 0;
  /** VA[31:12] and the space. */
  #keyLo = new Int32Array(0);
  /** VA[55:32]. */
  #keyHi = new Int32Array(0);
  #asid = new Int32Array(0);
  /** PA[43:12]. */
  #page = new Int32Array(0);
  /** What else the result holds: packed by the MMU. */
  #rest = new Int32Array(0);
  /** Of the entries whose VA has the same hash; of free ones too. */
  #next = new Int32Array(0);
  /** Of the entries of an ASID's serial, or of a space's global ones. */
  #listNext = new Int32Array(0);
  #listPrevious = new Int32Array(0);
  /** First entry by hash. */
  #heads = new Int32Array(0);
  /** First entry by serial; of global entries by the space's number, negative. */
  readonly #lists = new Map<number, number>();
  #free = NONE;
  /** Indices that were ever used. */
  #used = 0;
  #count = 0;
  readonly #blocks = new BlockCounts();
  readonly #ofSpace = new Int32Array(SPACES_MAX);
  #spacesWithEntries = 0;

  constructor() {
    this.#grow(FIRST_CAPACITY);
  }

  get count(): number {
    return this.#count;
  }
  /** No further entry of the space can be entered: `clear` must come before. */
  isFull(space: number): boolean {
    if (this.#count === TLB_ENTRIES_MAX) return true;
    return this.#ofSpace[space] === 0 && this.#spacesWithEntries === SPACES_WITH_ENTRIES_MAX;
  }
  hasEntries(space: number): boolean {
    return this.#ofSpace[space] !== 0;
  }

  /** Index of the entry for a page, or NONE: that of the space and ASID, or the global one of `globalSpace`. There are never both. */
  find(vaLo: number, vaHi: number, space: number, globalSpace: number, asid: number): number {
    const keyLo = (vaLo & ~0xfff) | space;
    const globalLo = (vaLo & ~0xfff) | globalSpace;
    const keyHi = vaHi & VA_HIGH_MASK;
    let at = this.#heads[this.#hash(vaLo, vaHi)] as number;
    for (; at !== NONE; at = this.#next[at] as number) {
      if (this.#keyHi[at] !== keyHi) continue;
      const lo = this.#keyLo[at];
      const owner = this.#asid[at];
      if ((lo === keyLo && owner === asid) || (lo === globalLo && owner === GLOBAL)) return at;
    }
    return NONE;
  }
  pageOf(at: number): number {
    return this.#page[at] as number;
  }
  restOf(at: number): number {
    return this.#rest[at] as number;
  }
  /** Page-aligned. */
  vaLoOf(at: number): number {
    return ((this.#keyLo[at] as number) & ~0xfff) >>> 0;
  }
  /** VA[55:32]. */
  vaHiOf(at: number): number {
    return this.#keyHi[at] as number;
  }
  spaceOf(at: number): number {
    return (this.#keyLo[at] as number) & SPACE_MASK;
  }

  /**
   * Enters a page that has no entry of this space and ASID (GLOBAL: that is global, after `dropNonGlobal`). Not to be called when
   * full.
   */
  insert(vaLo: number, vaHi: number, space: number, asid: number, page: number, rest: number): void {
    if (this.#free === NONE && this.#used === this.#capacity - 1) this.#grow(2 * this.#capacity);
    let at = this.#free;
    if (at === NONE) at = ++this.#used;
    else this.#free = this.#next[at] as number;
    this.#keyLo[at] = (vaLo & ~0xfff) | space;
    this.#keyHi[at] = vaHi & VA_HIGH_MASK;
    this.#asid[at] = asid;
    this.#page[at] = page;
    this.#rest[at] = rest;
    this.#chain(at);
    const list = asid === GLOBAL ? -space : asid;
    const first = this.#lists.get(list) ?? NONE;
    if (first === NONE) {
      this.#lists.set(list, at);
      this.#listNext[at] = NONE;
    } else this.#listBehind(first, at);
    this.#listPrevious[at] = first;
    this.#count++;
    const bits = stage1BitsOf(rest);
    if (bits > PAGE_BITS) this.#blocks.add(vaLo, vaHi & VA_HIGH_MASK, bits);
    const ofSpace = this.#ofSpace[space] as number;
    this.#ofSpace[space] = ofSpace + 1;
    if (ofSpace === 0) this.#spacesWithEntries++;
  }

  /** The first stays the first: the map is seldom written. */
  #listBehind(first: number, at: number): void {
    const next = this.#listNext[first] as number;
    this.#listNext[at] = next;
    if (next !== NONE) this.#listPrevious[next] = at;
    this.#listNext[first] = at;
  }

  remove(at: number): void {
    const following = this.#listNext[at] as number;
    const previous = this.#listPrevious[at] as number;
    if (following !== NONE) this.#listPrevious[following] = previous;
    if (previous !== NONE) this.#listNext[previous] = following;
    else {
      const asid = this.#asid[at] as number;
      const list = asid === GLOBAL ? -this.spaceOf(at) : asid;
      if (following !== NONE) this.#lists.set(list, following);
      else this.#lists.delete(list);
    }
    this.#release(at);
  }
  /** But for its list. */
  #release(at: number): void {
    const lo = this.#keyLo[at] as number;
    const hi = this.#keyHi[at] as number;
    const hash = this.#hash(lo, hi);
    const next = this.#next[at] as number;
    let before = this.#heads[hash] as number;
    if (before === at) this.#heads[hash] = next;
    else {
      while (this.#next[before] !== at) before = this.#next[before] as number;
      this.#next[before] = next;
    }
    const space = lo & SPACE_MASK;
    const bits = stage1BitsOf(this.#rest[at] as number);
    if (bits > PAGE_BITS) this.#blocks.remove(lo & ~0xfff, hi, bits);
    const ofSpace = (this.#ofSpace[space] as number) - 1;
    this.#ofSpace[space] = ofSpace;
    if (ofSpace === 0) this.#spacesWithEntries--;
    this.#count--;
    this.#keyLo[at] = FREE;
    this.#next[at] = this.#free;
    this.#free = at;
  }

  /**
   * Drops the entries made of a descriptor that maps the address, which belong to an owner (`owners` by space) and to an ASID,
   * or are global.
   */
  dropAddress(vaLo: number, vaHi: number, owners: Int32Array, owner: number, asid: number, onDrop: OnDrop): void {
    const hi = vaHi & VA_HIGH_MASK;
    const drop = (at: number): void => {
      if (!this.#belongs(at, owners, owner, asid)) return;
      const lo = (this.#keyLo[at] as number) & ~0xfff;
      this.remove(at);
      onDrop(lo >>> 0, hi);
    };
    this.#eachOfPage(vaLo & ~0xfff, hi, PAGE_BITS, drop);
    for (let sizes = this.#blocks.sizes; sizes !== 0; sizes &= sizes - 1) {
      const bits = 31 - Math.clz32(sizes & -sizes);
      const count = this.#blocks.of(vaLo, hi, bits);
      if (count !== 0) this.#eachOfBlock(vaLo & (-1 << bits), hi, bits, count, drop);
    }
  }
  /** The entries of a page that stage 1 maps with so many others. Returns how many there were. */
  #eachOfPage(lo: number, hi: number, bits: number, visit: (at: number) => void): number {
    let seen = 0;
    let at = this.#heads[this.#hash(lo, hi)] as number;
    while (at !== NONE) {
      const next = this.#next[at] as number;
      if (this.#isIn(at, lo, hi, PAGE_BITS) && stage1BitsOf(this.#rest[at] as number) === bits) {
        seen++;
        visit(at);
      }
      at = next;
    }
    return seen;
  }
  /** The entries of a block, of which there are `count`: by page, or of all, whichever are fewer. */
  #eachOfBlock(first: number, hi: number, bits: number, count: number, visit: (at: number) => void): void {
    let left = count;
    if (1 << (bits - PAGE_BITS) <= this.#used) {
      for (let lo = first; left !== 0; lo += 1 << PAGE_BITS) left -= this.#eachOfPage(lo, hi, bits, visit);
      return;
    }
    for (let at = 1; left !== 0; at++) {
      if (this.#keyLo[at] === FREE || !this.#isIn(at, first, hi, bits)) continue;
      if (stage1BitsOf(this.#rest[at] as number) !== bits) continue;
      left--;
      visit(at);
    }
  }
  #isIn(at: number, lo: number, hi: number, bits: number): boolean {
    return ((this.#keyLo[at] as number) ^ lo) >>> bits === 0 && this.#keyHi[at] === hi;
  }
  #belongs(at: number, owners: Int32Array, owner: number, asid: number): boolean {
    const entryAsid = this.#asid[at];
    if (asid !== ANY_ASID && entryAsid !== asid && entryAsid !== GLOBAL) return false;
    return owners[(this.#keyLo[at] as number) & SPACE_MASK] === owner;
  }

  /** Drops an owner's entries of a page that are not global; true where there were any. */
  dropNonGlobal(vaLo: number, vaHi: number, owners: Int32Array, owner: number): boolean {
    const lo = vaLo & ~0xfff;
    const hi = vaHi & VA_HIGH_MASK;
    const before = this.#count;
    let at = this.#heads[this.#hash(lo, hi)] as number;
    while (at !== NONE) {
      const next = this.#next[at] as number;
      const isNonGlobal = this.#isIn(at, lo, hi, PAGE_BITS) && this.#asid[at] !== GLOBAL;
      if (isNonGlobal && this.#belongs(at, owners, owner, ANY_ASID)) this.remove(at);
      at = next;
    }
    return this.#count !== before;
  }

  /** The entries of an ASID's serial; the one visited may be removed. */
  eachOfAsid(serial: number, visit: (at: number) => void): void {
    let at = this.#lists.get(serial) ?? NONE;
    while (at !== NONE) {
      const next = this.#listNext[at] as number;
      visit(at);
      at = next;
    }
  }
  /** The global entries of a space, likewise. */
  eachGlobal(space: number, visit: (at: number) => void): void {
    this.eachOfAsid(-space, visit);
  }
  /** The entries of an ASID's serial, or all global ones, within 2^bits bytes, aligned; likewise. */
  eachOfArea(serial: number, vaLo: number, vaHi: number, bits: number, visit: (at: number) => void): void {
    for (let n = 0; n < 1 << (bits - PAGE_BITS); n++) {
      const lo = vaLo + (n << PAGE_BITS);
      let at = this.#heads[this.#hash(lo, vaHi)] as number;
      while (at !== NONE) {
        const next = this.#next[at] as number;
        if (this.#asid[at] === serial && this.#isIn(at, lo, vaHi, PAGE_BITS)) visit(at);
        at = next;
      }
    }
  }

  /** Drops the entries of an ASID's serial. */
  dropAsid(serial: number): void {
    this.#dropList(serial);
  }
  /** Drops all entries of an owner (`owners` by space). */
  dropOwner(owners: Int32Array, owner: number): void {
    for (const [list, first] of this.#lists) {
      const space = (this.#keyLo[first] as number) & SPACE_MASK;
      if (owners[space] === owner) this.#dropList(list);
    }
  }
  /** The same but for the global entries of a space; `onDrop` is told of other global ones. */
  dropOwnerBut(space: number, owners: Int32Array, owner: number, onDrop: OnDrop): void {
    for (const [list, first] of this.#lists) {
      if (list === -space || owners[this.spaceOf(first)] !== owner) continue;
      if (this.#asid[first] === GLOBAL) this.eachOfAsid(list, (at) => onDrop(this.vaLoOf(at), this.vaHiOf(at)));
      this.#dropList(list);
    }
  }
  #dropList(list: number): void {
    this.eachOfAsid(list, (at) => this.#release(at));
    this.#lists.delete(list);
  }

  clear(): void {
    this.#heads.fill(NONE);
    this.#lists.clear();
    this.#blocks.clear();
    this.#ofSpace.fill(0);
    this.#spacesWithEntries = 0;
    this.#free = NONE;
    this.#used = 0;
    this.#count = 0;
  }

  /** Gives spaces new numbers, by their old ones; none is given twice. */
  renumberSpaces(numbers: Int32Array): void {
    const entries = this.entries();
    this.clear();
    for (const { vaLo, vaHi, space, asid, page, rest } of entries)
      this.insert(vaLo, vaHi, numbers[space] as number, asid, page, rest);
  }

  /** All entries, in an order that does not depend on how they came here. */
  entries(): TlbEntry[] {
    const entries: TlbEntry[] = [];
    for (const first of this.#lists.values()) {
      for (let at = first; at !== NONE; at = this.#listNext[at] as number) {
        const keyLo = this.#keyLo[at] as number;
        entries.push({
          vaLo: (keyLo & ~0xfff) >>> 0,
          vaHi: this.#keyHi[at] as number,
          space: keyLo & SPACE_MASK,
          asid: this.#asid[at] as number,
          page: this.#page[at] as number,
          rest: this.#rest[at] as number,
        });
      }
    }
    return entries;
  }

  #hash(vaLo: number, vaHi: number): number {
    const page = (vaLo >>> PAGE_BITS) ^ (vaLo >>> 24) ^ Math.imul(vaHi & VA_HIGH_MASK, 0x9e35);
    return page & (this.#capacity - 1);
  }
  #chain(at: number): void {
    const hash = this.#hash(this.#keyLo[at] as number, this.#keyHi[at] as number);
    this.#next[at] = this.#heads[hash] as number;
    this.#heads[hash] = at;
  }
  /** When no index is free. */
  #grow(capacity: number): void {
    const grown = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(capacity);
      to.set(from);
      return to;
    };
    this.#capacity = capacity;
    this.#keyLo = grown(this.#keyLo);
    this.#keyHi = grown(this.#keyHi);
    this.#asid = grown(this.#asid);
    this.#page = grown(this.#page);
    this.#rest = grown(this.#rest);
    this.#next = grown(this.#next);
    this.#listNext = grown(this.#listNext);
    this.#listPrevious = grown(this.#listPrevious);
    this.#heads = new Int32Array(capacity);
    for (let at = 1; at <= this.#used; at++) this.#chain(at);
  }
}

export interface TlbEntry {
  /** Page-aligned. */
  readonly vaLo: number;
  /** VA[55:32]. */
  readonly vaHi: number;
  readonly space: number;
  /** Serial, or GLOBAL. */
  readonly asid: number;
  readonly page: number;
  readonly rest: number;
}

assert((TLB_ENTRIES_MAX & (TLB_ENTRIES_MAX - 1)) === 0, 'the capacity doubles up to the bound');
assert(SPACES_MAX <= 4096, 'a space shares a word with a page number');
