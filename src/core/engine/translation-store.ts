import { joined } from '../../base/bytes.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { TranslationConfig } from '../ir/config.ts';
import * as cells from '../state/cells.ts';
import { CodePlaces, type SavedPlaces } from './code-places.ts';
import { KeptModules, type StoredModule } from './kept-modules.ts';
import type { Extent } from './regions.ts';
import type { SavedTranslations } from './saved-translations.ts';

/** Translations of one block, of what its page held at different times: the newest ones. */
const VERSIONS_MAX = 4;

/** A region of a module: good where the same page holds the same code, in a machine that has the store's places. */
export interface StoredRegion {
  readonly of: StoredModule;
  readonly slot: number;
  readonly cells: readonly number[];
  readonly extents: readonly Extent[];
  /** The bytes of its blocks, one after the other. */
  readonly code: Uint8Array;
}

/** The bytes of blocks in a page; what a T32 instruction has of the next one is in the configuration. */
export function codeOf(extents: readonly Extent[], page: Uint8Array): Uint8Array {
  const code = new Uint8Array(bytesOfAll(extents));
  let at = 0;
  for (const extent of extents) {
    code.set(page.subarray(extent.from, extent.from + bytesOf(extent)), at);
    at += bytesOf(extent);
  }
  return code;
}
const bytesOf = ({ from, to }: Extent): number => Math.min(to, PAGE_BYTES) - from;
const bytesOfAll = (extents: readonly Extent[]): number => extents.reduce((sum, extent) => sum + bytesOf(extent), 0);

/** Whether the page holds that code. */
function isOf({ extents, code }: StoredRegion, page: Uint8Array): boolean {
  let at = 0;
  for (const extent of extents) {
    const end = extent.from + bytesOf(extent);
    for (let offset = extent.from; offset < end; offset++, at++) if (page[offset] !== code[at]) return false;
  }
  return true;
}

const REGION_WORDS = 3;
const BLOCK_WORDS = 3;

/**
 * Places that are the same in several machines, and what was translated for them: where a page of the same number holds the same code, a
 * translation of one machine is one of all. Code is translated anew where it changes (DDI 0487, B2.4.4, asks for less); whose translation it was does not show.
 */
export class SharedTranslations {
  readonly places = new CodePlaces();
  /** Null where no other process is to have them. */
  kept: KeptModules | null = null;
  /** By each block's cell, the newest last; most have one, which stands by itself. */
  readonly #regions = new Map<number, StoredRegion | StoredRegion[]>();
  readonly #numbers = new Map<string, number>();
  readonly #numberOf = new WeakMap<TranslationConfig, number>();
  #last: TranslationConfig | undefined;
  #lastNumber = -1;

  /** The number of what the configuration says: machines number theirs as they meet them. */
  numberOf(config: TranslationConfig): number {
    // A translation asks for many of one.
    if (config === this.#last) return this.#lastNumber;
    let number = this.#numberOf.get(config);
    if (number === undefined) {
      const { id: _id, family: _family, ...fields } = config;
      const key = JSON.stringify(fields);
      number = this.#numbers.get(key) ?? this.#numbers.size;
      this.#numbers.set(key, number);
      this.#numberOf.set(config, number);
    }
    this.#last = config;
    this.#lastNumber = number;
    return number;
  }

  /** Whether anything of a block was translated: of most of those that a run comes to nothing ever is. */
  has(cell: number): boolean {
    return this.#regions.has(cell);
  }
  /** The newest translation of a block that is of what its page holds. */
  find(cell: number, page: Uint8Array): StoredRegion | undefined {
    const versions = this.#regions.get(cell);
    if (Array.isArray(versions)) return versions.findLast((region) => isOf(region, page));
    return versions !== undefined && isOf(versions, page) ? versions : undefined;
  }
  add(region: StoredRegion): void {
    for (const cell of region.cells) {
      const versions = this.#regions.get(cell);
      if (versions === undefined) this.#regions.set(cell, region);
      else if (!Array.isArray(versions)) this.#regions.set(cell, [versions, region]);
      else {
        if (versions.length === VERSIONS_MAX) versions.shift();
        versions.push(region);
      }
    }
  }

  /** What was kept of it; undefined: nothing was to be. */
  save(): SavedTranslations | undefined {
    const { kept } = this;
    if (kept === null) return undefined;
    const all = [...new Set([...this.#regions.values()].flat())];
    const regions = all.flatMap((region) => {
      const module = kept.numberOf(region.of);
      return module === undefined ? [] : [{ ...region, module }];
    });
    return {
      configs: [...this.#numbers.keys()],
      places: this.places.save(),
      groups: kept.groups(),
      modules: Uint32Array.from(kept.modules.flatMap(({ slot, regions }) => [slot, regions])),
      regions: Uint32Array.from(
        regions.flatMap(({ module, slot, cells, extents }) => [
          module,
          slot,
          cells.length,
          ...extents.flatMap(({ from, to }, n) => [cells[n] as number, from, to]),
        ]),
      ),
      code: joined(regions.map(({ code }) => code)),
    };
  }
  /** What was saved, of which the modules are compiled as they are wanted; undefined where so much is known that little room is left. @throws RangeError where it was not saved so */
  static of({ configs, places, groups, modules, regions, code }: SavedTranslations): SharedTranslations | undefined {
    const shared = new SharedTranslations();
    if (!shared.places.restore(places)) return undefined;
    configs.forEach((config, number) => void shared.#numbers.set(config, number));
    const stored: StoredModule[] = [];
    for (let at = 0; at < modules.length; at += 2) {
      const [slot, count] = [modules[at] as number, modules[at + 1] as number];
      within(slot > 0 && count > 0 && slot + count <= places.slots);
      stored.push({ module: undefined, slot, regions: count });
    }
    within(stored.length === groups.reduce((sum, { lengths }) => sum + lengths.length, 0));
    shared.kept = new KeptModules(groups, stored);
    let codeAt = 0;
    for (let at = 0; at < regions.length; ) {
      const [module, slot, count] = [regions[at] as number, regions[at + 1] as number, regions[at + 2] as number];
      const of = stored[module];
      within(of !== undefined && slot >= of.slot && slot < of.slot + of.regions);
      at += REGION_WORDS;
      within(count > 0 && count * BLOCK_WORDS <= regions.length - at);
      const ofBlocks: number[] = [];
      const extents: Extent[] = [];
      for (const end = at + count * BLOCK_WORDS; at < end; at += BLOCK_WORDS) {
        const [cell, from, to] = [regions[at] as number, regions[at + 1] as number, regions[at + 2] as number];
        within(isCell(cell, places) && from < to && from < PAGE_BYTES);
        ofBlocks.push(cell);
        extents.push({ from, to, cut: false });
      }
      const bytes = bytesOfAll(extents);
      within(bytes <= code.length - codeAt);
      shared.add({ of: of as StoredModule, slot, cells: ofBlocks, extents, code: code.slice(codeAt, codeAt + bytes) });
      codeAt += bytes;
    }
    return shared;
  }
}
const isCell = (cell: number, { pages }: SavedPlaces): boolean =>
  cell % 4 === 0 && cell >= cells.BLOCK_REFS && cell < cells.BLOCK_REFS + 4 * pages.length;
function within(isSo: boolean | undefined): void {
  if (isSo !== true) throw new RangeError('translations that were not saved so');
}

/** The translations that machines share, one after the other or side by side. */
export class TranslationStore {
  #current = new SharedTranslations();

  get current(): SharedTranslations {
    return this.#current;
  }
  /** Begins with what was saved, or with nothing, and keeps from now on what is translated; nothing was yet. */
  begin(saved: SharedTranslations): void {
    this.#current = saved;
    this.#current.kept ??= new KeptModules();
  }
  /** What follows on translations that have no more room. */
  after(full: SharedTranslations): SharedTranslations {
    if (full === this.#current) {
      this.#current = new SharedTranslations();
      if (full.kept !== null) this.#current.kept = new KeptModules();
    }
    return this.#current;
  }
}

/** Of this process: sessions of one guest run the same code. */
export const translationStore = new TranslationStore();
