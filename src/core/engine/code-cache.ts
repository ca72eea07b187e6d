import { PAGE_BYTES } from '../../base/page.ts';
import { instantiateHelpers } from '../helpers/instantiate.ts';
import type { TranslationConfig } from '../ir/config.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import type { SlowAccesses } from '../wasm/runtime-accesses.ts';
import { instantiateRuntime, type Runtime } from '../wasm/runtime-module.ts';
import { CodeLines, lineEnd, lineStart } from './code-lines.ts';
import { CodePlaces, SLOTS_MAX } from './code-places.ts';
import { ColdBlocks } from './cold-blocks.ts';
import { JumpCache } from './jump-cache.ts';
import type { KeptModules, StoredModule } from './kept-modules.ts';
import { type PageTraits, Trait } from './page-traits.ts';
import { type Extent, type Region, Regions } from './regions.ts';
import { codeOf, type StoredRegion } from './stored-region.ts';
import { INSTRUCTIONS_A_BLOCK_MAX, type LiftedBlock } from './translate.ts';
import type { SharedTranslations, TranslationStore } from './translation-store.ts';

/** No block is longer. */
const BLOCK_BYTES_MAX = 4 * INSTRUCTIONS_A_BLOCK_MAX;
/**
 * Configurations of one page that are kept when it is written to; a boot of Debian comes to five. Each second half that a
 * T32 instruction across the page's end has had is one more, and a guest may write any number of them.
 */
const CONFIGURATIONS_KEPT_MAX = 16;
/**
 * Stores beside the code of a page, each of which takes the slow path, before what is known of its code goes: it may long be no more
 * than data.
 */
const STORES_BESIDE_MAX = 1024;

/** Slots that the table begins with: an entry takes V8 90 ns to make, and most machines need few. */
const SLOTS_MIN = 1024;

/** Calls that translated code makes into the run time: (what, budget left before this instruction) -> 1 to abandon it. */
export interface RuntimeImports extends SlowAccesses {
  runtime(info: number, remaining: number): number;
}

/** Modules of earlier processes (modules-on-their-way.ts). */
export interface EarlierModules {
  /** Whether one is there, or is worth being compiled. */
  isWorth(of: StoredModule): boolean;
  /** What it is compiled to: undefined where that will be there later, null where there is no compiling it. */
  compiled(of: StoredModule, among: KeptModules): WebAssembly.Module | undefined | null;
}
/** What came of looking for a translation of others: it is installed, is on its way, or there is none. */
export type Adoption = 'adopted' | 'later' | 'unknown';

/** Blocks of a page that were translated together, and the address of each one's cell of BLOCK_REFS. */
export interface TranslatedRegion {
  readonly page: number;
  readonly config: TranslationConfig;
  readonly blocks: readonly LiftedBlock[];
  readonly cells: readonly number[];
}

/**
 * Translated blocks, by (physical page, offset, configuration). Each block that was ever asked for has a cell of BLOCK_REFS
 * that says where its translation is; jumps within a page go by that cell, those across pages by the jump cache, whose
 * entries that lead to a translation go with it.
 */
export class CodeCache {
  readonly table: WebAssembly.Table;
  readonly jumps: JumpCache;
  readonly runtime: Runtime;
  readonly helpers: ReturnType<typeof instantiateHelpers>;
  readonly cold = new ColdBlocks();
  readonly #imports: Record<string, Record<string, never>>;
  readonly #u32: Uint32Array;
  readonly #u8: Uint8Array;
  #places = new CodePlaces();
  /** Whose places these are, where they are other machines' too. */
  #shared: SharedTranslations | undefined;
  #store: TranslationStore | undefined;
  /** It is to have places of its own. */
  #isCrowded = false;
  /** By slot: it has its function. */
  readonly #filled = new Uint8Array(SLOTS_MAX);
  /** Of lifted and translated blocks: no others can be changed by a store. */
  readonly #lines: CodeLines;
  #besidePage = -1;
  #storesBeside = 0;
  readonly #traits: PageTraits;
  readonly #regions = new Regions();

  constructor(cpu: PeState, traits: PageTraits, imports: RuntimeImports) {
    this.#traits = traits;
    this.#lines = new CodeLines(traits.of.length);
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: SLOTS_MIN, maximum: SLOTS_MAX });
    this.runtime = instantiateRuntime(cpu.memory, this.table, imports);
    this.table.set(0, this.runtime.stub);
    const e = { memory: cpu.memory, table: this.table, ...this.runtime, runtime: imports.runtime };
    this.helpers = instantiateHelpers(cpu.memory);
    this.#imports = { e, h: this.helpers } as never;
    this.#u32 = cpu.u32;
    this.#u8 = cpu.u8;
    this.jumps = new JumpCache(cpu);
  }

  get isFull(): boolean {
    return this.#isCrowded || this.#places.isFull;
  }

  /** From now on translations are shared with the store's other machines: nothing was translated yet. */
  shareBy(store: TranslationStore): void {
    this.#store = store;
    this.#shared = store.current;
    this.#places = this.#shared.places;
  }
  get isShared(): boolean {
    return this.#shared !== undefined;
  }
  /** The number of a configuration among the places. */
  numberOf(config: TranslationConfig): number {
    return this.#shared === undefined ? config.id : this.#shared.numberOf(config);
  }
  /** The address of the block's cell of BLOCK_REFS. */
  refCell(page: number, offset: number, config: number): number {
    return this.#places.cell(page, offset, config);
  }
  /** The same of a block that was asked for before; else 0. */
  knownCell(page: number, offset: number, config: number): number {
    return this.#places.known(page, offset, config);
  }
  /** What a cell of BLOCK_REFS holds: 0 where the block has no translation. */
  ref(cell: number): number {
    return this.#u32[cell >>> 2] as number;
  }
  /** Slots in a row for regions to be translated next: the first one. */
  takeSlots(count: number): number {
    return this.#places.takeSlots(count);
  }

  /** Regions of a module to be installed, in successive slots from `slot` on: what is dropped meanwhile no longer stands. */
  announce(slot: number, regions: readonly TranslatedRegion[]): Region[] {
    return regions.map(({ page, config, cells: ofBlocks, blocks }, n) => {
      const extents = blocks.map(extentOf);
      const isShared = this.#shared !== undefined && isShareable(config) && extents.every(({ cut }) => !cut);
      const bytes = this.#bytesOf(page);
      const code = isShared ? codeOf(extents, bytes) : undefined;
      const store = isShared && this.#shared?.kept ? this.#shared : undefined;
      const isNew = store !== undefined && ofBlocks.some((cell) => store.find(cell, bytes) === undefined);
      const region: Region = { slot: slot + n, cells: ofBlocks, extents, code, isNew, stands: true };
      this.#regions.add(page, region);
      return region;
    });
  }
  /** Instantiates the module that `bytes` are, whose element segment puts its regions into their slots; entry n of one is its block n. */
  install(bytes: Uint8Array, compiled: WebAssembly.Module | undefined, regions: readonly Region[]): void {
    // Where nothing stands any more, its slots may be others'.
    if (!regions.some(({ stands }) => stands)) return;
    // V8 waits for who compiles the same bytes at this moment.
    const module = compiled ?? new WebAssembly.Module(bytes);
    const of: StoredModule = { module, slot: regions[0]?.slot as number, regions: regions.length };
    this.#instantiate(of, module);
    if (regions.some(({ isNew }) => isNew)) this.#shared?.kept?.add(of, bytes);
    for (const region of regions) {
      if (!region.stands) {
        this.#empty(region.slot);
        continue;
      }
      this.#enter(region);
      const { code, slot, cells: ofBlocks, extents } = region;
      if (code !== undefined) this.#shared?.add({ of, slot, cells: ofBlocks, extents, code });
    }
  }
  /** Installs what another machine, or this one when the page held the same, has translated of a block, or another process. */
  adopt(page: number, cell: number, config: TranslationConfig, earlier: EarlierModules): Adoption {
    const shared = this.#shared;
    if (shared === undefined || !isShareable(config) || !shared.has(cell)) return 'unknown';
    const { kept } = shared;
    const isUsable = ({ of }: StoredRegion): boolean => kept === null || earlier.isWorth(of);
    const known = shared.find(cell, this.#bytesOf(page), isUsable);
    if (known === undefined) return 'unknown';
    const { of, slot, cells: ofBlocks, extents, code } = known;
    if (this.#filled[slot] === 0) {
      const module = of.module !== undefined || kept === null ? of.module : earlier.compiled(of, kept);
      if (module === undefined) return 'later';
      if (module === null) return 'unknown';
      this.#instantiate(of, module);
    }
    const region: Region = { slot, cells: ofBlocks, extents, code, isNew: false, stands: true };
    for (const { from, to } of extents) this.#lines.add(page, from, to);
    this.#regions.add(page, region);
    this.#enter(region);
    return 'adopted';
  }
  #bytesOf(page: number): Uint8Array {
    const at = cells.HOST_MEMORY + page * PAGE_BYTES;
    return this.#u8.subarray(at, at + PAGE_BYTES);
  }
  #instantiate({ slot, regions }: StoredModule, module: WebAssembly.Module): void {
    const { length } = this.table;
    const end = slot + regions;
    if (end > length) this.table.grow(Math.min(SLOTS_MAX, Math.max(end, 2 * length)) - length);
    new WebAssembly.Instance(module, this.#imports);
    this.#filled.fill(1, slot, end);
  }
  #enter({ slot, cells: ofBlocks }: Region): void {
    for (const [entry, cell] of ofBlocks.entries()) {
      this.#u32[cell >>> 2] = (slot << cells.REF_SLOT_SHIFT) | entry;
      this.cold.forget(cell);
    }
  }
  #empty(slot: number): void {
    if (this.#filled[slot] === 0) return;
    this.table.set(slot, null);
    this.#filled[slot] = 0;
  }

  /** Drops the blocks of a page that are meant, and the regions that these are in; returns how many regions that were. */
  dropBlocks(page: number, isMeant: (block: Extent) => boolean): number {
    this.#places.forEach(page, (cell) => {
      const block = this.cold.get(cell);
      if (block && isMeant(extentOf(block))) this.cold.forget(cell);
    });
    const regions = this.#regions.take(page, isMeant);
    // The others of the region jump to the blocks that are meant without a look at their cells.
    for (const region of regions) this.#dropRegion(region);
    return regions.length;
  }

  /** A block of a page, which has the trait `code`, was lifted. */
  lifted(page: number, block: LiftedBlock): void {
    const { from, to } = extentOf(block);
    this.#lines.add(page, from, to);
  }
  /** Whether a store to a page's bytes from `from` up to `to` may change code that is known. */
  isCode(page: number, from: number, to: number): boolean {
    if (!this.#traits.has(page, Trait.code)) return false;
    if (this.#lines.has(page, from, to)) return true;
    if (page !== this.#besidePage) {
      this.#besidePage = page;
      this.#storesBeside = 0;
    }
    return ++this.#storesBeside > STORES_BESIDE_MAX;
  }

  /** Drops what is known of a physical page's code, because its bytes from `from` up to `to` were written to. */
  invalidate(page: number, from = 0, to = PAGE_BYTES): void {
    if (!this.#traits.has(page, Trait.code)) return;
    if (page === this.#besidePage && this.#storesBeside > STORES_BESIDE_MAX) {
      this.#besidePage = -1;
      this.#dropPage(page);
    } else if (from === 0 && to === PAGE_BYTES) this.#dropPage(page);
    else if (this.#lines.has(page, from, to)) {
      this.#dropLines(page, lineStart(from), lineEnd(to));
      if (this.#lines.isEmpty(page)) this.#traits.remove(page, Trait.code);
    }
  }
  /** The blocks that reach into the lines go, and the lines that none but these had. */
  #dropLines(page: number, first: number, end: number): void {
    let low = first;
    let high = end;
    const isMeant = (block: Extent): boolean => {
      if (block.from >= end || first >= block.to) return false;
      low = Math.min(low, block.from);
      high = Math.max(high, block.to);
      return true;
    };
    this.#forEachKept(page, first, end, (block, cell) => {
      if (isMeant(block)) this.cold.rewritten(cell);
    });
    for (const region of this.#regions.take(page, isMeant)) {
      this.#dropRegion(region);
      for (const cell of region.cells) this.cold.rewritten(cell);
    }
    this.#lines.remove(page, low, high);
    const stays = ({ from, to }: Extent): void => this.#lines.add(page, from, to);
    this.#forEachKept(page, lineStart(low), lineEnd(high), stays);
    for (const { extents } of this.#regions.of(page)) extents.forEach(stays);
  }
  /** Calls back with the kept blocks of a page that may reach into its bytes from `from` up to `to`. */
  #forEachKept(page: number, from: number, to: number, see: (block: Extent, cell: number) => void): void {
    const seeCell = (cell: number): void => {
      const block = this.cold.get(cell);
      if (block) see(extentOf(block), cell);
    };
    this.#places.forEach(page, seeCell, Math.max(0, from - BLOCK_BYTES_MAX), to);
  }
  #dropPage(page: number): void {
    this.#traits.remove(page, Trait.code);
    this.#lines.remove(page, 0, PAGE_BYTES);
    for (const region of this.#regions.take(page, () => true)) this.#dropRegion(region);
    this.#places.forEach(page, (cell) => this.cold.drop(cell));
    if (this.#places.configurations(page) <= CONFIGURATIONS_KEPT_MAX) return;
    // Other machines' blocks keep their cells.
    if (this.#shared !== undefined) this.#isCrowded = true;
    else this.#places.forget(page);
  }
  #dropRegion({ slot, cells: ofBlocks }: Region): void {
    this.#empty(slot);
    // A block may have another translation by now.
    for (const cell of ofBlocks) if (this.ref(cell) >>> cells.REF_SLOT_SHIFT === slot) this.#u32[cell >>> 2] = 0;
    this.jumps.dropSlot(slot);
  }

  /** Drops everything. */
  flush(): void {
    this.jumps.clear();
    for (let slot = this.#filled.indexOf(1); slot >= 0; slot = this.#filled.indexOf(1, slot + 1)) this.#empty(slot);
    const first = cells.BLOCK_REFS >>> 2;
    this.#u32.fill(0, first, first + cells.BLOCK_REFS_MAX);
    this.#shared = this.#isCrowded || this.#shared === undefined ? undefined : this.#store?.after(this.#shared);
    this.#isCrowded = false;
    this.#places = this.#shared?.places ?? new CodePlaces();
    this.cold.clear();
    this.#regions.clear();
    this.#traits.removeAll(Trait.code);
    this.#lines.clear();
  }
}

/** What was observed is one machine's. */
const isShareable = ({ observed, single }: TranslationConfig): boolean => observed === 'nothing' && !single;

/** T32's offsets are odd. */
const extentOf = ({ offsets, endOffset, cut }: LiftedBlock): Extent => ({
  from: (offsets[0] as number) & -2,
  to: endOffset & -2,
  cut,
});
