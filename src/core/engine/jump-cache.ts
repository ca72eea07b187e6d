import { assert } from '../../base/assert.ts';
import { PAGE_BYTES, PAGE_SHIFT } from '../../base/page.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { SLOTS_MAX } from './code-places.ts';
import { JumpMiss } from './engine-counters.ts';

const ENTRY_WORDS = 4;
const ENTRIES_A_PAGE = PAGE_BYTES / 4;
/** A page's entries are adjacent: an aligned run, that of other pages too. */
const RUN_WORDS = ENTRY_WORDS * ENTRIES_A_PAGE;
const RUNS = cells.JUMP_ENTRIES / ENTRIES_A_PAGE;
const FIRST = cells.JUMP_CACHE >>> 2;
const SECOND = cells.JUMP_SECOND >>> 2;
const SECOND_END = SECOND + ENTRY_WORDS * cells.JUMP_SECOND_ENTRIES;
const ALL_ENTRIES = cells.JUMP_ENTRIES + cells.JUMP_SECOND_ENTRIES;
/** Index in 32-bit words of the entry for a VA: as translated code computes it (wasm/code-writer.ts). */
const entryOf = (vaLo: number, salt: number): number =>
  FIRST + ENTRY_WORDS * (((vaLo >>> 2) ^ (vaLo >>> cells.JUMP_HASH_SHIFT) ^ salt) & (cells.JUMP_ENTRIES - 1));
/** The same of where it is kept when another entry has taken its place; of no two PEs one. */
const secondOf = (vaLo: number, salt: number): number =>
  SECOND +
  ENTRY_WORDS *
    (((vaLo >>> 2) ^ (vaLo >>> cells.JUMP_SECOND_SHIFT) ^ (salt / cells.JUMP_SALT_STEP)) &
      (cells.JUMP_SECOND_ENTRIES - 1));
const runOf = (entry: number): number => Math.floor((entry - FIRST) / RUN_WORDS);
assert(cells.JUMP_SALT_STEP === ENTRIES_A_PAGE, 'a salt exchanges runs');
/** Pages' hashes beside their runs. */
const HASHES = 1 << 10;

/** Pages of code of which it is known where they lie: so many sets by a hash, of two each. A boot of Debian comes to some thousand. */
const PAGE_SETS = 1 << 10;
/** The words of a page; its VA has the PE in the low bits. Behind them a bit for each word of the page: there may be an entry. */
const Word = { va: 0, vaHi: 1, family: 2, context: 3, page: 4, contextBefore: 5, returns: 6, epoch: 7 } as const;
const PAGE_KEY_WORDS = 8;
const PAGE_WORDS = PAGE_KEY_WORDS + ENTRIES_A_PAGE / 32;

/**
 * Returns from a page's context to the one before, one after another, from which on its contexts are held to use other entries each: as
 * of the code by which Linux changes TTBR1 (CONFIG_UNMAP_KERNEL_AT_EL0). Entries then stay where they are, for so many look-ups.
 */
const RETURNS_MAX = 32;
const APART_MAX = 8;

/** Index in 32-bit words of the set of a page: by its VA with the PE in the low bits, and a family of configurations. */
const setOf = (va: number, family: number): number =>
  (((va >>> PAGE_SHIFT) ^ (va >>> 22) ^ (va << 5) ^ Math.imul(family, 0x9d)) & (PAGE_SETS - 1)) * 2 * PAGE_WORDS;

/**
 * The jump cache in linear memory: from VA and context to a block's reference, of translations that stand. What TLB maintenance
 * makes a PE fetch anew (DDI 0487, D8.17) is forgotten.
 */
export class JumpCache {
  readonly #u32: Uint32Array;
  /** Of all PEs. */
  readonly #salts: readonly number[];
  /** By a hash of the VA page: whether entries of such a page may be there, so that most invalidations touch nothing. */
  readonly #present = new Uint8Array(HASHES * RUNS);
  /** Likewise, whether some may be among the second ones. */
  readonly #presentBeside = new Uint8Array(HASHES * RUNS);
  #usesSecond = false;
  /** Runs that may hold an entry: clearing the others would be most of what a write to code costs. */
  readonly #used = new Uint8Array(RUNS);
  /**
   * By slot of the table: the first entry that leads there; by entry: the slot in whose list it is, and its neighbours there, each
   * by its number and 1. An entry that was cleared stays in its list.
   */
  readonly #firstOf = new Int32Array(SLOTS_MAX);
  readonly #listOf = new Int32Array(ALL_ENTRIES);
  readonly #next = new Int32Array(ALL_ENTRIES + 1);
  readonly #previous = new Int32Array(ALL_ENTRIES + 1);

  /** Which of a set goes next. */
  #victim = 0;
  /** By VA page, PE and family: what the page's entries of the context found last lead to, and which these may be. */
  readonly #pages = new Int32Array(2 * PAGE_SETS * PAGE_WORDS);
  /** Another one from each invalidation of a page on: what was translated before it may not be what the TLB has. */
  #epoch = 1;

  constructor(cpu: PeState) {
    this.#u32 = cpu.u32;
    this.#salts = Array.from({ length: cpu.pes }, (_, pe) => pe * cells.JUMP_SALT_STEP);
  }
  #salt(): number {
    return this.#u32[cells.JUMP_SALT >>> 2] as number;
  }
  /** Its low bits say which run of entries the page has: pages of one hash have one run. */
  #hash(vaLo: number, vaHi: number, salt: number): number {
    const run = runOf(entryOf(vaLo & -PAGE_BYTES, salt));
    return run + (((vaLo >>> (PAGE_SHIFT + 4)) ^ (vaHi << 2)) & (HASHES - 1)) * RUNS;
  }
  insert(vaLo: number, vaHi: number, context: number, family: number, ref: number): void {
    const salt = this.#salt();
    const at = entryOf(vaLo, salt);
    const second = secondOf(vaLo, salt);
    if (this.#isOf(second, vaLo, vaHi)) this.#u32.fill(0, second, second + ENTRY_WORDS);
    if (this.#u32[at + 3] !== 0 && !this.#isOf(at, vaLo, vaHi)) this.#keepBeside(at);
    this.#u32[at] = vaLo;
    this.#u32[at + 1] = vaHi;
    this.#u32[at + 2] = context;
    this.#u32[at + 3] = ref;
    this.#present[this.#hash(vaLo, vaHi, salt)] = 1;
    this.#used[runOf(at)] = 1;
    const known = this.#pageAt((vaLo & -PAGE_BYTES) | (salt / cells.JUMP_SALT_STEP), vaHi, family);
    if (known >= 0) {
      const bits = known + PAGE_KEY_WORDS + ((vaLo >>> 7) & 31);
      this.#pages[bits] = (this.#pages[bits] as number) | (1 << ((vaLo >>> 2) & 31));
    }
    this.#list((at - FIRST) / ENTRY_WORDS, ref >>> cells.REF_SLOT_SHIFT);
  }
  #isOf(at: number, vaLo: number, vaHi: number): boolean {
    return this.#u32[at] === vaLo && this.#u32[at + 1] === vaHi;
  }
  /** Another entry is about to take its place: two that are used in turn would be looked up each time. */
  #keepBeside(at: number): void {
    const u32 = this.#u32;
    const [vaLo, vaHi, ref] = [u32[at] as number, u32[at + 1] as number, u32[at + 3] as number];
    // Of the PE whose it is, which may be another than the running one.
    const salt = ((at - FIRST) ^ (entryOf(vaLo, 0) - FIRST)) / ENTRY_WORDS;
    const second = secondOf(vaLo, salt);
    u32.copyWithin(second, at, at + ENTRY_WORDS);
    this.#presentBeside[this.#hash(vaLo, vaHi, salt)] = 1;
    this.#usesSecond = true;
    this.#list((second - FIRST) / ENTRY_WORDS, ref >>> cells.REF_SLOT_SHIFT);
  }
  /** The block's reference for the VA in the context, or 0. */
  find(vaLo: number, vaHi: number, context: number): number {
    const salt = this.#salt();
    return (
      this.#refAt(entryOf(vaLo, salt), vaLo, vaHi, context) || this.#refAt(secondOf(vaLo, salt), vaLo, vaHi, context)
    );
  }
  #refAt(at: number, vaLo: number, vaHi: number, context: number): number {
    return this.#isOf(at, vaLo, vaHi) && this.#u32[at + 2] === context ? (this.#u32[at + 3] as number) : 0;
  }
  /** The physical page of a VA that was `mapped` in the context, where a fetch would find the same in the TLB; else -1. */
  pageOf(vaLo: number, vaHi: number, context: number, family: number): number {
    const pages = this.#pages;
    const at = this.#pageAt((vaLo & -PAGE_BYTES) | (this.#salt() / cells.JUMP_SALT_STEP), vaHi, family);
    const isCurrent = at >= 0 && pages[at + Word.context] === context && pages[at + Word.epoch] === this.#epoch;
    return isCurrent ? (pages[at + Word.page] as number) : -1;
  }
  /**
   * The page of a VA was translated: to a physical page, in a context of a family of configurations. Where the same was found in another
   * context before, its entries are this one's from now on, and the result is true: each of them would be looked up and found to be what it
   * is. Not where two contexts alternate that use other entries each. To be called before the first `insert` for the page in a context.
   */
  mapped(vaLo: number, vaHi: number, context: number, page: number, family: number): boolean {
    const pages = this.#pages;
    const va = (vaLo & -PAGE_BYTES) | (this.#salt() / cells.JUMP_SALT_STEP);
    let at = this.#pageAt(va, vaHi, family);
    if (at < 0) {
      this.#victim ^= PAGE_WORDS;
      at = setOf(va, family) + this.#victim;
      pages[at + Word.va] = va;
      pages[at + Word.vaHi] = vaHi;
      pages[at + Word.family] = family;
    } else {
      const before = pages[at + Word.context] as number;
      pages[at + Word.epoch] = this.#epoch;
      if (pages[at + Word.page] === page) {
        if (before === context) return false;
        pages[at + Word.context] = context;
        if (this.#areApart(at, before, context)) return false;
        this.#renew(at + PAGE_KEY_WORDS, vaLo, vaHi, before, context);
        return true;
      }
    }
    pages.fill(0, at + Word.context, at + PAGE_WORDS);
    pages[at + Word.context] = context;
    pages[at + Word.page] = page;
    pages[at + Word.epoch] = this.#epoch;
    return false;
  }
  /** Of a page whose context changes: whether its contexts use other entries each. */
  #areApart(at: number, before: number, context: number): boolean {
    const pages = this.#pages;
    const returns = pages[at + Word.returns] as number;
    const isReturn = pages[at + Word.contextBefore] === context;
    pages[at + Word.contextBefore] = before;
    if (returns < RETURNS_MAX) {
      pages[at + Word.returns] = isReturn ? returns + 1 : 0;
      return false;
    }
    pages[at + Word.returns] = returns < RETURNS_MAX + APART_MAX ? returns + 1 : 0;
    return true;
  }
  /** What is known of a page: its index in words, or -1. */
  #pageAt(va: number, vaHi: number, family: number): number {
    const pages = this.#pages;
    const first = setOf(va, family);
    for (let at = first; at < first + 2 * PAGE_WORDS; at += PAGE_WORDS)
      if (pages[at + Word.va] === va && pages[at + Word.vaHi] === (vaHi | 0) && pages[at + Word.family] === family)
        return at;
    return -1;
  }
  /** Puts another context into a page's entries of one; `bits`: where those may be. */
  #renew(bits: number, vaLo: number, vaHi: number, before: number, context: number): void {
    const pages = this.#pages;
    const u32 = this.#u32;
    const salt = this.#salt();
    const isOfWord = (at: number, va: number): boolean =>
      ((u32[at] as number) ^ va) >>> 2 === 0 && u32[at + 1] === vaHi;
    for (let word = 0; word < ENTRIES_A_PAGE / 32; word++) {
      for (let left = pages[bits + word] as number; left !== 0; left &= left - 1) {
        const bit = 31 - Math.clz32(left & -left);
        const va = (vaLo & -PAGE_BYTES) | (128 * word + 4 * bit);
        let at = entryOf(va, salt);
        if (!isOfWord(at, va)) at = secondOf(va, salt);
        if (isOfWord(at, va) && u32[at + 2] === before) u32[at + 2] = context;
        else pages[bits + word] = (pages[bits + word] as number) & ~(1 << bit);
      }
    }
  }
  /** Why `find` gave 0. */
  missOf(vaLo: number, vaHi: number): JumpMiss {
    const at = entryOf(vaLo, this.#salt());
    if (this.#u32[at + 3] === 0) return JumpMiss.empty;
    return this.#u32[at] === vaLo && this.#u32[at + 1] === vaHi ? JumpMiss.otherContext : JumpMiss.conflict;
  }
  /** Forgets the entries of one page of VAs, in all contexts. */
  invalidatePage(vaLo: number, vaHi: number): void {
    this.#epoch = (this.#epoch + 1) | 0;
    if (this.#epoch === 0) this.#forgetPages();
    for (const salt of this.#salts) {
      const hash = this.#hash(vaLo, vaHi, salt);
      if (this.#presentBeside[hash] !== 0) {
        this.#presentBeside[hash] = 0;
        this.#clearBeside(hash, salt);
      }
      if (this.#present[hash] === 0) continue;
      this.#present[hash] = 0;
      // The hash permutes a page's entries within their run.
      this.#clearRun(runOf(entryOf(vaLo, salt)));
    }
  }
  /** Of the second ones those of pages of a hash. */
  #clearBeside(hash: number, salt: number): void {
    const u32 = this.#u32;
    for (let at = SECOND; at < SECOND_END; at += ENTRY_WORDS)
      if (this.#hash(u32[at] as number, u32[at + 1] as number, salt) === hash) u32.fill(0, at, at + ENTRY_WORDS);
  }
  /** Puts an entry into the list of a slot, out of that which it is in. */
  #list(entry: number, slot: number): void {
    const old = this.#listOf[entry] as number;
    if (old === slot) return;
    const one = entry + 1;
    if (old !== 0) {
      const next = this.#next[one] as number;
      const previous = this.#previous[one] as number;
      if (previous === 0) this.#firstOf[old] = next;
      else this.#next[previous] = next;
      if (next !== 0) this.#previous[next] = previous;
    }
    const first = this.#firstOf[slot] as number;
    this.#listOf[entry] = slot;
    this.#next[one] = first;
    this.#previous[one] = 0;
    if (first !== 0) this.#previous[first] = one;
    this.#firstOf[slot] = one;
  }
  /** Forgets the entries that lead into a slot of the table. */
  dropSlot(slot: number): void {
    const u32 = this.#u32;
    let one = this.#firstOf[slot] as number;
    this.#firstOf[slot] = 0;
    while (one !== 0) {
      const at = FIRST + (one - 1) * ENTRY_WORDS;
      if ((u32[at + 3] as number) >>> cells.REF_SLOT_SHIFT === slot) u32.fill(0, at, at + ENTRY_WORDS);
      this.#listOf[one - 1] = 0;
      one = this.#next[one] as number;
    }
  }
  clear(): void {
    for (const run of this.#usedRuns()) {
      this.#clearRun(run);
      this.#used[run] = 0;
    }
    if (this.#usesSecond) {
      this.#u32.fill(0, SECOND, SECOND_END);
      this.#presentBeside.fill(0);
      this.#usesSecond = false;
    }
    this.#present.fill(0);
    this.#forgetPages();
  }
  #forgetPages(): void {
    this.#pages.fill(0);
    this.#epoch = 1;
  }
  #clearRun(run: number): void {
    this.#u32.fill(0, FIRST + run * RUN_WORDS, FIRST + (run + 1) * RUN_WORDS);
  }
  *#usedRuns(): Generator<number> {
    for (let run = this.#used.indexOf(1); run >= 0; run = this.#used.indexOf(1, run + 1)) yield run;
  }
}
