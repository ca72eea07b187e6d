import { PAGE_BYTES } from '../../base/page.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { VA_HIGH_MASK } from './tlb.ts';

const INDEX_MASK = cells.TLB_ENTRIES - 1;
const ENTRY_WORDS = 4;
const READ = cells.TLB_READ >>> 2;
const WRITE = cells.TLB_WRITE >>> 2;
const WORDS = cells.TLB_ENTRIES * ENTRY_WORDS;
/** Of a page whose stores have more than one place. */
const SEVERAL = 0xffff;
/** In the high half of an entry's VA while it is withheld: no access of AArch32 has it there. */
export const WITHHELD = 0x8000_0000;

/** The two TLBs that translated code looks at by itself: cells.ts gives their layout. An entry of context 0 is empty. */
export class InlineTlb {
  readonly #u32: Uint32Array;
  /** By physical page: where the only entry for stores to it may be, from 1 on; or SEVERAL. */
  readonly #storePlaces: Uint16Array;

  constructor(cpu: PeState) {
    this.#u32 = cpu.u32;
    this.#storePlaces = new Uint16Array(Math.ceil(cpu.hostBytes / PAGE_BYTES));
  }

  fillRead(vaLo: number, vaHi: number, context: number, linear: number): void {
    this.#fill(READ, vaLo, vaHi, context, linear);
  }
  fillWrite(vaLo: number, vaHi: number, context: number, linear: number): void {
    const page = pageOf(linear);
    const place = ((vaLo >>> 12) & INDEX_MASK) + 1;
    const known = this.#storePlaces[page] as number;
    if (known !== place) this.#storePlaces[page] = known === 0 ? place : SEVERAL;
    this.#fill(WRITE, vaLo, vaHi, context, linear);
  }

  /** Drops a page, whatever its context and tag byte. */
  dropPage(vaLo: number, vaHi: number): void {
    const offset = ((vaLo >>> 12) & INDEX_MASK) * ENTRY_WORDS;
    this.#dropIf(READ + offset, vaLo, vaHi);
    this.#dropIf(WRITE + offset, vaLo, vaHi);
  }

  /** Lets no access find a page of AArch32's, until `restore`: what drops it meanwhile drops it as ever. */
  withhold(va: number): void {
    const offset = ((va >>> 12) & INDEX_MASK) * ENTRY_WORDS;
    this.#mark(READ + offset, va, 0, WITHHELD);
    this.#mark(WRITE + offset, va, 0, WITHHELD);
  }
  restore(va: number): void {
    const offset = ((va >>> 12) & INDEX_MASK) * ENTRY_WORDS;
    this.#mark(READ + offset, va, WITHHELD, 0);
    this.#mark(WRITE + offset, va, WITHHELD, 0);
  }
  #mark(at: number, va: number, from: number, to: number): void {
    const u32 = this.#u32;
    if (((u32[at] as number) ^ va) >>> 12 === 0 && u32[at + 1] === from) u32[at + 1] = to;
  }

  /**
   * Drops the entries that let stores reach a page of the linear memory (4 KiB aligned address). Looks at every entry where there may be
   * several.
   */
  flushWriteEntriesOf(linearPage: number): void {
    const u32 = this.#u32;
    const place = this.#storePlaces[pageOf(linearPage)] as number;
    if (place === 0) return;
    this.#storePlaces[pageOf(linearPage)] = 0;
    const first = place === SEVERAL ? WRITE : WRITE + (place - 1) * ENTRY_WORDS;
    const end = place === SEVERAL ? WRITE + WORDS : first + ENTRY_WORDS;
    for (let at = first; at < end; at += ENTRY_WORDS) {
      const tag = u32[at] as number;
      if (tag !== 0 && ((tag & ~0xfff) + (u32[at + 2] as number)) >>> 0 === linearPage) clear(u32, at);
    }
  }

  /** Drops the entries that let loads reach some physical pages, and stores some. */
  flushEntriesOf(loads: ReadonlySet<number>, stores: ReadonlySet<number>): void {
    if (loads.size > 0) this.#flushPages(READ, loads);
    if (stores.size > 0) this.#flushPages(WRITE, stores);
  }
  #flushPages(base: number, pages: ReadonlySet<number>): void {
    const u32 = this.#u32;
    for (let at = base; at < base + WORDS; at += ENTRY_WORDS) {
      const tag = u32[at] as number;
      if (tag !== 0 && pages.has(pageOf(((tag & ~0xfff) + (u32[at + 2] as number)) >>> 0))) clear(u32, at);
    }
  }

  /** Drops whatever lets stores reach memory. */
  flushWriteEntries(): void {
    this.#u32.fill(0, WRITE, WRITE + WORDS);
  }

  clear(): void {
    this.#u32.fill(0, READ, READ + WORDS);
    this.#u32.fill(0, WRITE, WRITE + WORDS);
  }

  #fill(base: number, vaLo: number, vaHi: number, context: number, linear: number): void {
    const at = base + ((vaLo >>> 12) & INDEX_MASK) * ENTRY_WORDS;
    this.#u32[at] = (vaLo & ~0xfff) | context;
    this.#u32[at + 1] = vaHi;
    this.#u32[at + 2] = linear - vaLo;
  }

  #dropIf(at: number, vaLo: number, vaHi: number): void {
    const u32 = this.#u32;
    const samePage = ((u32[at] as number) ^ vaLo) >>> 12 === 0;
    if (samePage && (((u32[at + 1] as number) ^ vaHi) & VA_HIGH_MASK) === 0) clear(u32, at);
  }
}

const pageOf = (linear: number): number => (linear - cells.HOST_MEMORY) >>> 12;
const clear = (u32: Uint32Array, at: number): void => {
  u32[at] = 0;
  u32[at + 1] = 0;
};
