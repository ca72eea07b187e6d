import { joined } from '../../base/bytes.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import * as cells from '../state/cells.ts';
import type { KeptModules, StoredModule } from './kept-modules.ts';
import type { Extent } from './regions.ts';
import { codeBytes, type StoredRegion } from './stored-region.ts';

/** Regions as numbers and bytes: a boot of Debian has five thousand, of forty thousand blocks. */
export interface PlainRegions {
  /** Of each region its module, its slot and how many blocks it has, then of each of these its cell, where it begins and where it ends. */
  readonly words: Uint32Array;
  /** Their code (DDI 0487, C4), one after the other. */
  readonly code: Uint8Array;
}
const REGION_WORDS = 3;
const BLOCK_WORDS = 3;

/** Of those whose modules are kept. */
export function plainRegions(regions: Iterable<StoredRegion>, kept: KeptModules): PlainRegions {
  const ofKept = [...regions].flatMap((region) => {
    const module = kept.numberOf(region.of);
    return module === undefined ? [] : [{ region, module }];
  });
  const words = new Uint32Array(
    ofKept.reduce((sum, { region }) => sum + REGION_WORDS + BLOCK_WORDS * region.cells.length, 0),
  );
  let at = 0;
  for (const { region, module } of ofKept) {
    words.set([module, region.slot, region.cells.length], at);
    at += REGION_WORDS;
    for (const [n, { from, to }] of region.extents.entries()) {
      words[at++] = region.cells[n] as number;
      words[at++] = from;
      words[at++] = to;
    }
  }
  return { words, code: joined(ofKept.map(({ region }) => region.code)) };
}

/** Regions that an earlier process has left, each made when a block of it is asked for: most processes come to few. */
export class SavedRegions {
  readonly #words: Uint32Array;
  readonly #code: Uint8Array;
  readonly #modules: readonly StoredModule[];
  /** By number of the cell: the last of its block's regions, from 1 on. */
  readonly #lastOf: Uint32Array;
  /** By block of a region, from 1 on: the one before it of the same cell, 0 where there is none. */
  readonly #before: Uint32Array;
  /** Likewise, its region. */
  readonly #regionOf: Uint32Array;
  /** By region: where its words and its code begin, and what was made of it. */
  readonly #wordsAt: number[] = [];
  readonly #codeAt: number[] = [];
  readonly #made: (StoredRegion | undefined)[] = [];

  /** @param refs how many cells there are. @throws RangeError where they are not those that were saved */
  constructor({ words, code }: PlainRegions, modules: readonly StoredModule[], refs: number) {
    this.#words = words;
    this.#code = code;
    this.#modules = modules;
    this.#lastOf = new Uint32Array(refs);
    const blocksMax = Math.floor(words.length / BLOCK_WORDS) + 1;
    this.#before = new Uint32Array(blocksMax);
    this.#regionOf = new Uint32Array(blocksMax);
    let block = 0;
    let codeAt = 0;
    for (let at = 0; at < words.length; ) {
      this.#wordsAt.push(at);
      this.#codeAt.push(codeAt);
      const [module, slot, count] = [words[at] as number, words[at + 1] as number, words[at + 2] as number];
      const of = modules[module];
      at += REGION_WORDS;
      within(of !== undefined && slot >= of.slot && slot < of.slot + of.regions);
      within(count > 0 && count * BLOCK_WORDS <= words.length - at);
      for (const end = at + count * BLOCK_WORDS; at < end; at += BLOCK_WORDS) {
        const ref = refOf(words[at] as number);
        const [from, to] = [words[at + 1] as number, words[at + 2] as number];
        within(ref < refs && from < to && from < PAGE_BYTES);
        block++;
        this.#regionOf[block] = this.#wordsAt.length - 1;
        this.#before[block] = this.#lastOf[ref] as number;
        this.#lastOf[ref] = block;
        codeAt += codeBytes({ from, to });
      }
    }
    within(codeAt === code.length);
  }

  has(cell: number): boolean {
    return (this.#lastOf[refOf(cell)] ?? 0) !== 0;
  }
  /** Of the regions of a block, the newest first, one that is wanted. */
  find(cell: number, isWanted: (region: StoredRegion) => boolean): StoredRegion | undefined {
    let block = this.#lastOf[refOf(cell)] ?? 0;
    for (; block !== 0; block = this.#before[block] as number) {
      const region = this.#region(this.#regionOf[block] as number);
      if (isWanted(region)) return region;
    }
    return undefined;
  }
  *all(): Generator<StoredRegion> {
    for (let n = 0; n < this.#wordsAt.length; n++) yield this.#region(n);
  }
  #region(n: number): StoredRegion {
    this.#made[n] ??= this.#make(this.#wordsAt[n] as number, this.#codeAt[n] as number);
    return this.#made[n];
  }
  #make(at: number, codeAt: number): StoredRegion {
    const word = (n: number): number => this.#words[at + n] as number;
    const blocks = Array.from({ length: word(2) }, (_, n) => REGION_WORDS + n * BLOCK_WORDS);
    const extents: Extent[] = blocks.map((block) => ({ from: word(block + 1), to: word(block + 2), cut: false }));
    const bytes = extents.reduce((sum, extent) => sum + codeBytes(extent), 0);
    return {
      of: this.#modules[word(0)] as StoredModule,
      slot: word(1),
      cells: blocks.map(word),
      extents,
      code: this.#code.subarray(codeAt, codeAt + bytes),
    };
  }
}

/** Number of a cell; of what is none, one that no cell has. */
const refOf = (cell: number): number =>
  cell % 4 === 0 && cell >= cells.BLOCK_REFS ? (cell - cells.BLOCK_REFS) / 4 : Number.POSITIVE_INFINITY;

/** @throws RangeError */
export function within(isSo: boolean): void {
  if (!isSo) throw new RangeError('translations that were not saved so');
}
