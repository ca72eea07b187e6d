import { HOST_MEMORY } from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { Permit } from './access.ts';
import { TableMemory } from './descriptor.ts';
import type { Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import { isWalked } from './rewalk.ts';
import { GLOBAL, type OnDrop } from './tlb.ts';
import type { Translations } from './translations.ts';
import { isTable, level1Address, level1Domain, level2Table } from './walk-short.ts';
import type { Walker } from './walker.ts';

/** log2 of an area: what a first-level descriptor maps. */
const AREA_BITS = 20;
const AREAS = 1 << (32 - AREA_BITS);
const PAGE_BITS = 12;
/** Descriptors of a second-level table. */
const DESCRIPTORS = 1 << (AREA_BITS - PAGE_BITS);
/** Pages entered since the last TLBI that are remembered. */
const ENTERED_MAX = 4096;
/** No space; no page. */
const NOBODY = -1;
const NOWHERE = -1;

/**
 * The behaviour `tlb@3` (machine/semantics.ts): a TLBI of all of PL1&0 keeps, in the Short-descriptor format, this PE's global entries that
 * a walk at that moment would make again: an entry that is dropped may be cached again at once (Arm ARM DDI 0406C, B3.10.1). Linux for ARMv7
 * makes two such TLBIs for each fork, and has its kernel in global entries.
 *
 * What stays is decided by the tables alone. That not all of them are walked each time is a cache: copies of the descriptors of which all
 * entries are known to be made tell which pages to look at, whichever first-level table they are in now. So nothing of this is saved.
 */
export class GlobalWalks {
  isOn = false;
  readonly #u32: Uint32Array;
  readonly #lastTable: number;
  readonly #tables: TableMemory;
  readonly #registers: MmuRegisters;
  readonly #walker: Walker;
  readonly #translations: Translations;
  readonly #onDrop: OnDrop;
  /** The space whose entries are known, and the serial of stage 2's that they were made under. */
  #space = NOBODY;
  #stage2 = 0;
  /** Areas of which descriptors are known: the first-level one, and a copy of the table that it names. */
  readonly #areas: number[] = [];
  readonly #isKnown = new Uint8Array(AREAS);
  readonly #level1 = new Int32Array(AREAS);
  readonly #level2 = new Map<number, Uint32Array>();
  /** Pages (VA[31:12]) that were entered since. */
  readonly #entered: number[] = [];
  /** Result of `#toPhysical`, and the page that it found last in this TLBI. */
  #paLo = 0;
  #paHi = 0;
  #ipaPage = NOWHERE;

  /** `onDrop` is told of each entry that goes. */
  constructor(cpu: PeState, registers: MmuRegisters, walker: Walker, translations: Translations, onDrop: OnDrop) {
    this.#u32 = cpu.u32;
    this.#lastTable = cpu.hostBytes - DESCRIPTORS * 4;
    this.#tables = new TableMemory(cpu);
    this.#registers = registers;
    this.#walker = walker;
    this.#translations = translations;
    this.#onDrop = onDrop;
  }

  /** The next TLBI has to walk all: something else has changed than stage 1's tables, or spaces have other numbers. */
  forget(): void {
    this.#space = NOBODY;
    this.#areas.length = 0;
    this.#isKnown.fill(0);
    this.#level2.clear();
    this.#entered.length = 0;
  }

  /** A global entry was made. */
  entered(space: number, vaLo: number): void {
    if (space !== this.#space) return;
    if (this.#entered.length === ENTERED_MAX) this.forget();
    else this.#entered.push(vaLo >>> PAGE_BITS);
  }

  /** Drops a space's global entries that are not what a walk makes now. `stage2`: serial of stage 2's entries. */
  dropChanged(space: number, regime: Regime, stage2: number): void {
    this.#ipaPage = NOWHERE;
    if (space === this.#space && stage2 === this.#stage2) {
      for (const area of this.#areas) this.#compare(area, regime);
      for (const page of this.#entered) this.#lookAt(page * 2 ** PAGE_BITS, PAGE_BITS, regime);
    } else {
      this.forget();
      this.#space = space;
      this.#stage2 = stage2;
      this.#translations.tlb.eachGlobal(space, (at) => this.#look(at, regime));
    }
    this.#entered.length = 0;
  }

  /** Drops what of an area is no longer what its descriptors, which are looked at, make. */
  #compare(area: number, regime: Regime): void {
    const va = area * 2 ** AREA_BITS;
    const descriptor = this.#readLevel1(va, regime);
    const isSame = descriptor === this.#level1[area] && this.#admits(descriptor);
    if (isSame && !isTable(descriptor)) return;
    const table = isTable(descriptor) ? this.#tableAt(descriptor, regime) : 0;
    const copy = this.#level2.get(area);
    if (!isSame || table === 0 || copy === undefined) {
      this.#learn(area, regime);
      this.#lookAt(va, AREA_BITS, regime);
      return;
    }
    for (let n = 0; n < DESCRIPTORS; n++) {
      const now = this.#u32[table + n] as number;
      if (now === copy[n]) continue;
      copy[n] = now;
      this.#lookAt(va + n * 2 ** PAGE_BITS, PAGE_BITS, regime);
    }
  }

  /** Looks at the space's global entries of 2^bits bytes. */
  #lookAt(va: number, bits: number, regime: Regime): void {
    const { tlb } = this.#translations;
    tlb.eachOfArea(GLOBAL, va, 0, bits, (at) => {
      if (tlb.spaceOf(at) === this.#space) this.#look(at, regime);
    });
  }
  /** Drops an entry that a walk would not make. */
  #look(at: number, regime: Regime): void {
    const { tlb } = this.#translations;
    const va = tlb.vaLoOf(at);
    if (!isWalked(this.#walker, tlb, at, regime)) {
      tlb.remove(at);
      this.#onDrop(va, 0);
    } else if (this.#isKnown[va >>> AREA_BITS] === 0) this.#learn(va >>> AREA_BITS, regime);
  }

  /** Takes note of the descriptors of an area. */
  #learn(area: number, regime: Regime): void {
    const descriptor = this.#readLevel1(area * 2 ** AREA_BITS, regime);
    if (this.#isKnown[area] === 0) this.#areas.push(area);
    this.#isKnown[area] = 1;
    this.#level1[area] = descriptor;
    const table = isTable(descriptor) ? this.#tableAt(descriptor, regime) : 0;
    if (table === 0) this.#level2.delete(area);
    else this.#level2.set(area, this.#u32.slice(table, table + DESCRIPTORS));
  }

  /** DACR lets accesses by the descriptor pass. */
  #admits(descriptor: number): boolean {
    return ((this.#registers.dacr >>> (2 * level1Domain(descriptor))) & 1) !== 0;
  }
  /** The first-level descriptor for an address, or 0, which maps nothing. */
  #readLevel1(va: number, regime: Regime): number {
    const at = level1Address(this.#registers, regime, va);
    if (at < 0 || !this.#toPhysical(at, regime)) return 0;
    return this.#tables.readShort(this.#paLo, this.#paHi, regime.bigEndian) ? this.#tables.lo : 0;
  }
  /** The index of the words of the table that a first-level descriptor names, or 0 where there is no memory. */
  #tableAt(descriptor: number, regime: Regime): number {
    if (!this.#toPhysical(level2Table(descriptor), regime)) return 0;
    const pa = this.#paLo >>> 0;
    return this.#paHi !== 0 || pa > this.#lastTable ? 0 : (HOST_MEMORY + pa) >>> 2;
  }
  #toPhysical(ipa: number, regime: Regime): boolean {
    if (ipa >>> PAGE_BITS !== this.#ipaPage) {
      const { stage2 } = this.#walker;
      if (regime.stage2 && !stage2.translate(ipa | 0, 0, Permit.read, true)) return false;
      this.#ipaPage = ipa >>> PAGE_BITS;
      this.#paLo = regime.stage2 ? stage2.paLo : ipa | 0;
      this.#paHi = regime.stage2 ? stage2.paHi : 0;
    }
    const offset = (1 << PAGE_BITS) - 1;
    this.#paLo = (this.#paLo & ~offset) | (ipa & offset);
    return true;
  }
}
