import { PAGE_BYTES } from '../../base/page.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { CodePlaces } from './code-places.ts';
import type { Extent } from './regions.ts';

/** Translations of one block, of what its page held at different times: the newest ones. */
const VERSIONS_MAX = 4;

/** A compiled module, whose regions go into successive slots of a table. */
export interface StoredModule {
  readonly module: WebAssembly.Module;
  readonly slot: number;
  readonly regions: number;
}
/** One of its regions: good where the same page holds the same code, in a machine that has the store's places. */
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
  const code = new Uint8Array(extents.reduce((sum, extent) => sum + bytesOf(extent), 0));
  let at = 0;
  for (const extent of extents) {
    code.set(page.subarray(extent.from, extent.from + bytesOf(extent)), at);
    at += bytesOf(extent);
  }
  return code;
}
const bytesOf = ({ from, to }: Extent): number => Math.min(to, PAGE_BYTES) - from;

/** Whether the page holds that code. */
function isOf({ extents, code }: StoredRegion, page: Uint8Array): boolean {
  let at = 0;
  for (const extent of extents) {
    const end = extent.from + bytesOf(extent);
    for (let offset = extent.from; offset < end; offset++, at++) if (page[offset] !== code[at]) return false;
  }
  return true;
}

/**
 * Places that are the same in several machines, and what was translated for them: where a page of the same number holds the same code, a
 * translation of one machine is one of all. Code is translated anew where it changes (DDI 0487, B2.4.4, asks for less); whose translation it was does not show.
 */
export class SharedTranslations {
  readonly places = new CodePlaces();
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
}

/** The translations that machines share, one after the other or side by side. */
export class TranslationStore {
  #current = new SharedTranslations();

  get current(): SharedTranslations {
    return this.#current;
  }
  /** What follows on translations that have no more room. */
  after(full: SharedTranslations): SharedTranslations {
    if (full === this.#current) this.#current = new SharedTranslations();
    return this.#current;
  }
}

/** Of this process: sessions of one guest run the same code. */
export const translationStore = new TranslationStore();
