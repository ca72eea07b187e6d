import { CONTROL_WORDS, type Regime } from './regime.ts';
import { isWalked } from './rewalk.ts';
import type { OnDrop } from './tlb.ts';
import type { Translations } from './translations.ts';
import type { Walker } from './walker.ts';

/** log2 of an area whose entries are looked at together: what a leaf table of 4 KiB maps. */
const AREA_BITS = 21;
/** Pairs of a table's page and an area that are remembered; a boot of Debian comes to a thousand. */
const PAIRS_MAX = 1 << 17;
/** No serial. */
const NOBODY = -1;
/** VA[55:48] of the upper range: no table maps more than 48 bits. */
const UPPER_HIGH = 0x00ff_0000;

/**
 * The behaviour `tlb@2` (machine/semantics.ts), which `tlb@3` has too: a TLBI of an ASID keeps, of the table that TTBR1_EL1 has and all
 * ASIDs share, the entries that a walk at that moment would make again: an entry that is dropped may be cached again at once (Arm ARM
 * DDI 0487, D8.13.1).
 *
 * What stays is decided by the tables alone. That not all of them are walked each time is a cache: of one table it is known which pages of memory its
 * entries came from, and a page that nobody has written to since makes the same ones. So nothing of this is saved.
 */
export class SharedWalks {
  #onWatch: ((pages: ReadonlySet<number>) => void) | null = null;
  readonly #walker: Walker;
  readonly #translations: Translations;
  readonly #onDrop: OnDrop;
  /** The serial of the table whose pages are known, and the settings that it was walked under. */
  #serial = NOBODY;
  readonly #controls = new Int32Array(CONTROL_WORDS);
  #stage2 = 0;
  /** By the page of a table: areas of which entries came from there. */
  readonly #areas = new Map<number, Set<number>>();
  #pairs = 0;
  /** Pages of tables that may have been written to. */
  readonly #written = new Set<number>();
  readonly #unwatched = new Set<number>();

  /** `onDrop` is told of each entry that goes. */
  constructor(walker: Walker, translations: Translations, onDrop: OnDrop) {
    this.#walker = walker;
    this.#translations = translations;
    this.#onDrop = onDrop;
  }

  /** Whether the machine has the behaviour. */
  get isOn(): boolean {
    return this.#onWatch !== null;
  }
  /** `onWatch` is told of physical pages, of each of which `written` is to be told before the next store to it. */
  turnOn(onWatch: (pages: ReadonlySet<number>) => void): void {
    this.#onWatch = onWatch;
  }

  /** The next TLBI has to walk all: something else has changed than stage 1's tables. */
  forget(): void {
    this.#serial = NOBODY;
    this.#areas.clear();
    this.#pairs = 0;
    this.#written.clear();
    this.#unwatched.clear();
  }

  /** A store to a page that was watched is about to be made. */
  written(page: number): void {
    if (this.#areas.has(page)) this.#written.add(page);
  }

  /** An entry of a serial was made of what the walker did last. */
  entered(serial: number, regime: Regime, stage2: number, vaLo: number, vaHi: number): void {
    if (serial !== this.#serial) return;
    if (!this.#isUnder(regime, stage2)) {
      this.forget();
      return;
    }
    this.#note(vaLo, vaHi);
    this.#watch();
  }

  /** Drops the entries of a shared table's serial that are not what a walk of TTBR1_EL1's table makes now. `stage2`: serial of stage 2's entries. */
  dropChanged(serial: number, regime: Regime, stage2: number): void {
    const { tlb } = this.#translations;
    if (serial === this.#serial && this.#isUnder(regime, stage2)) {
      const areas = new Set<number>();
      for (const page of this.#written) for (const area of this.#areas.get(page) ?? []) areas.add(area);
      for (const page of this.#written) this.#unwatched.add(page);
      this.#written.clear();
      for (const area of areas)
        tlb.eachOfArea(serial, area << AREA_BITS, UPPER_HIGH | (area >>> (32 - AREA_BITS)), AREA_BITS, (at) =>
          this.#look(at, regime),
        );
    } else {
      this.forget();
      this.#serial = serial;
      this.#controls.set(regime.controls);
      this.#stage2 = stage2;
      tlb.eachOfAsid(serial, (at) => this.#look(at, regime));
    }
    this.#watch();
  }

  #isUnder(regime: Regime, stage2: number): boolean {
    return stage2 === this.#stage2 && isEqual(regime.controls, this.#controls);
  }

  /** Drops an entry that a walk would not make, or not under these settings. */
  #look(at: number, regime: Regime): void {
    const { tlb } = this.#translations;
    const vaLo = tlb.vaLoOf(at);
    const vaHi = tlb.vaHiOf(at);
    if (
      isEqual(this.#translations.controlsOf(tlb.spaceOf(at)), regime.controls) &&
      isWalked(this.#walker, tlb, at, regime)
    ) {
      this.#note(vaLo, vaHi);
      return;
    }
    tlb.remove(at);
    this.#onDrop(vaLo, vaHi);
  }
  /** Takes note of which pages the walk made last went by. */
  #note(vaLo: number, vaHi: number): void {
    const { path } = this.#walker;
    const area = (vaLo >>> AREA_BITS) | ((vaHi & 0xffff) << (32 - AREA_BITS));
    if (this.#pairs > PAIRS_MAX) {
      this.forget();
      return;
    }
    for (let i = 0; i < path.length; i++) {
      const page = path.pages[i] as number;
      let areas = this.#areas.get(page);
      if (areas === undefined) {
        areas = new Set();
        this.#areas.set(page, areas);
        this.#unwatched.add(page);
      }
      if (areas.has(area)) continue;
      areas.add(area);
      this.#pairs++;
    }
  }
  #watch(): void {
    if (this.#unwatched.size === 0) return;
    this.#onWatch?.(this.#unwatched);
    this.#unwatched.clear();
  }
}

const isEqual = (a: Int32Array, b: Int32Array): boolean => {
  for (let i = 0; i < CONTROL_WORDS; i++) if (a[i] !== b[i]) return false;
  return true;
};
