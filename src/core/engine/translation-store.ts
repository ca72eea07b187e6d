import type { TranslationConfig } from '../ir/config.ts';
import { CodePlaces } from './code-places.ts';
import { KeptModules, type StoredModule } from './kept-modules.ts';
import { plainRegions, SavedRegions, within } from './saved-regions.ts';
import type { SavedTranslations } from './saved-translations.ts';
import { isOf, type StoredRegion } from './stored-region.ts';

/** Translations of one block, of what its page held at different times: the newest ones. */
const VERSIONS_MAX = 4;

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
  /** What it began with. */
  #saved: SavedRegions | undefined;
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
    return this.#regions.has(cell) || this.#saved?.has(cell) === true;
  }
  /** The newest translation of a block, of those that are usable, that is of what its page holds. */
  find(
    cell: number,
    page: Uint8Array,
    isUsable: (region: StoredRegion) => boolean = () => true,
  ): StoredRegion | undefined {
    const isWanted = (region: StoredRegion): boolean => isUsable(region) && isOf(region, page);
    const versions = this.#regions.get(cell);
    if (Array.isArray(versions)) return versions.findLast(isWanted) ?? this.#saved?.find(cell, isWanted);
    return versions !== undefined && isWanted(versions) ? versions : this.#saved?.find(cell, isWanted);
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
    const saved = [...(this.#saved?.all() ?? [])];
    return {
      configs: [...this.#numbers.keys()],
      places: this.places.save(),
      groups: kept.groups(),
      modules: Uint32Array.from(kept.modules.flatMap(({ slot, regions }) => [slot, regions])),
      regions: plainRegions(new Set([...saved, ...[...this.#regions.values()].flat()]), kept),
    };
  }
  /** What was saved, of which the modules are compiled as they are wanted; undefined where so much is known that little room is left. @throws RangeError where it was not saved so */
  static of({ configs, places, groups, modules, regions }: SavedTranslations): SharedTranslations | undefined {
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
    shared.#saved = new SavedRegions(regions, stored, places.refs);
    return shared;
  }
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
