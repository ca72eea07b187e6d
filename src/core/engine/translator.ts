import { must } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { isDetached, type TranslationConfig } from '../ir/config.ts';
import * as cells from '../state/cells.ts';
import { ModuleEmitter } from '../wasm/module-emitter.ts';
import type { Adoption, CodeCache, TranslatedRegion } from './code-cache.ts';
import { PAGES_MAX } from './code-places.ts';
import { ModulesOnTheirWay } from './modules-on-their-way.ts';
import type { ObservedCode } from './observed-code.ts';
import { type PageTraits, Trait } from './page-traits.ts';
import type { PhysicalPage } from './physical-page.ts';
import type { Architecture } from './ports.ts';
import { type LiftedBlock, reachable, TranslationBounds } from './translate.ts';

/** In place of a reference: the block is to be evaluated. */
export const COLD = -1;

/** Where the code of a block stands, and as what it is to be read. */
interface Place {
  readonly page: number;
  readonly offset: number;
  readonly config: TranslationConfig;
}

/** Of the page and configuration. */
const keyOf = ({ page, config }: Place): number => config.id * PAGES_MAX + page;

/** Which offsets of a page, of T32 code odd, are those of instructions to stop before. */
export type StopsOf = (page: number) => ((offset: number) => boolean) | undefined;

/** Lifts blocks, and translates those that are executed often: what it does when is never seen by the guest. */
export class Translator {
  /** The block of which `find` said that it is cold. */
  cold!: LiftedBlock;
  readonly bounds = new TranslationBounds();
  readonly onTheirWay: ModulesOnTheirWay;
  /** So far. */
  readonly translated = { modules: 0, regions: 0, blocks: 0, instructions: 0, lifts: 0 };
  readonly #arch: Architecture;
  readonly #code: CodeCache;
  readonly #traits: PageTraits;
  readonly #observed: ObservedCode;
  readonly #pageAt: (page: number) => PhysicalPage;
  readonly #stopsOf: StopsOf;
  readonly #emitter = new ModuleEmitter();
  /** Hot blocks that wait for a module, by their cells when they came: what was dropped since is skipped. */
  readonly #waiting = new Map<number, Place>();
  #waits = 0;

  constructor(
    arch: Architecture,
    code: CodeCache,
    traits: PageTraits,
    observed: ObservedCode,
    pageAt: (page: number) => PhysicalPage,
    stopsOf: StopsOf,
  ) {
    this.#arch = arch;
    this.#code = code;
    this.#traits = traits;
    this.#observed = observed;
    this.#pageAt = pageAt;
    this.#stopsOf = stopsOf;
    this.onTheirWay = new ModulesOnTheirWay(code, this.bounds);
  }

  /** Drops all code where there is no room for more. */
  makeRoom(): void {
    if (!this.#code.isFull && !this.#observed.blocks.isFull) return;
    this.#code.flush();
    this.#observed.dropped();
  }

  /** The packed reference of a block, translated; or COLD for one to be evaluated. */
  find(page: number, offset: number, config: TranslationConfig): number {
    const code = this.#code;
    // Nothing is evaluated now.
    code.cold.reuse();
    this.onTheirWay.poll();
    const cell = code.refCell(page, offset, code.numberOf(config));
    const ref = code.ref(cell);
    if (ref !== 0) return ref;
    const before = code.cold.count(cell);
    const adoption = before === 0 ? this.#adopt(page, cell, config) : 'unknown';
    if (adoption === 'adopted') return code.ref(cell);
    const isAwaited = adoption === 'later';
    // As if it had not been executed: it is looked for again.
    if (isAwaited) code.cold.uncount(cell);
    const known = code.cold.get(cell);
    const block = known ?? this.#lift(page, offset, config);
    // Single instructions are for exact stops: not worth a translation however often they occur.
    if (block.evaluable && (config.single || before < code.cold.evaluations(cell, this.bounds.evaluations))) {
      if (before > 0 || isAwaited || code.cold.isRewritten(cell)) code.cold.keep(cell, block);
      else if (known === undefined) code.cold.pass(block);
      this.cold = block;
      return COLD;
    }
    // The translation takes it from there.
    code.cold.keep(cell, block);
    if (this.#isToWait(cell, { page, offset, config }, block)) {
      this.cold = block;
      return COLD;
    }
    return code.ref(cell);
  }
  /** Whether a block is to be evaluated once more, for what comes of it later; else it is translated now. */
  #isToWait(cell: number, place: Place, { evaluable }: LiftedBlock): boolean {
    const { onTheirWay } = this;
    if (!onTheirWay.has(cell)) {
      if (!evaluable) this.#translate([place], false);
      else if (this.#waitsWith(cell, place)) return true;
      else this.#translate([place, ...this.#takeWaiting()], true);
    }
    return onTheirWay.has(cell) && onTheirWay.isToWait(cell, evaluable);
  }
  /** Whether a hot block is to be evaluated once more, until others share its module. */
  #waitsWith(cell: number, place: Place): boolean {
    const { evaluations, waitingMax, waitsAModule } = this.bounds;
    if (evaluations === 0 || isDetached(place.config)) return false;
    this.#waiting.set(cell, place);
    return this.#waiting.size < waitingMax && ++this.#waits < waitsAModule;
  }

  /** A block that was translated before, for this machine or another, is taken as it is. */
  #adopt(page: number, cell: number, config: TranslationConfig): Adoption {
    const { isShared, cold } = this.#code;
    // What is executed once between two stores to it is not worth an instance.
    if (!isShared || cold.isVolatile(cell) || this.#stopsOf(page) !== undefined) return 'unknown';
    this.#watchWrites(page);
    return this.#code.adopt(page, cell, config, this.onTheirWay);
  }
  #watchWrites(page: number): void {
    // Writes to a page with code are seen from here on: what is written is executed without an IC, sooner than DDI 0487, B2.4.4 asks.
    if (!this.#traits.has(page, Trait.code)) {
      this.#arch.mmu.flushWriteEntriesOf(cells.HOST_MEMORY + page * PAGE_BYTES);
      this.#traits.add(page, Trait.code);
    }
  }

  #lift(page: number, offset: number, config: TranslationConfig): LiftedBlock {
    this.translated.lifts++;
    this.#watchWrites(page);
    const reader = this.#pageAt(page);
    reader.beyond = config.straddle;
    const frontEnd = this.#arch.frontEnd(config);
    const ir = frontEnd.builder(config, this.#code.cold.nodes);
    const block = this.#observed.lift(frontEnd, ir, this.bounds, reader, page, offset, this.#stopsOf(page));
    this.#code.lifted(page, block);
    return block;
  }

  /** The blocks that wait for others, as far as they still hold. */
  #takeWaiting(): Place[] {
    const { cold } = this.#code;
    const places = [...this.#waiting].flatMap(([cell, place]) => {
      const isKnown = this.#code.knownCell(place.page, place.offset, this.#code.numberOf(place.config)) === cell;
      return isKnown && cold.executions(cell) > 0 ? [place] : [];
    });
    this.#waiting.clear();
    this.#waits = 0;
    return places;
  }
  #isTaken(cell: number): boolean {
    return this.#code.ref(cell) !== 0 || this.onTheirWay.has(cell);
  }

  /** Translates blocks as a module, each with what its page's direct jumps reach from it; the first one in any case. */
  #translate([first, ...others]: readonly [Place, ...Place[]], mayTakeItsTime: boolean): void {
    const code = this.#code;
    const taken = new Set<number>();
    const regions: TranslatedRegion[] = [];
    for (const places of this.#together(first, others)) {
      // A region takes no more than so many blocks.
      const left = (some: readonly Place[]) => some.filter((place) => !taken.has(this.#cellOf(place)));
      for (let rest = left(places); rest.length > 0; rest = left(rest)) {
        // The last one's pages may have taken what room there was.
        if (regions.length > 0 && (code.isFull || this.#observed.blocks.isFull)) break;
        regions.push(this.#region(rest, taken));
      }
    }
    const slot = code.takeSlots(regions.length);
    const emitted = regions.map(({ page, blocks, config }) => ({
      blocks,
      refCell: (at: number): number => code.refCell(page, at, code.numberOf(config)),
    }));
    const bytes = this.#emitter.emit(emitted, slot);
    const announced = code.announce(slot, regions);
    if (!mayTakeItsTime || !this.onTheirWay.ask(bytes, announced, this.translated.modules))
      code.install(bytes, undefined, announced);
    this.translated.modules++;
    this.translated.regions += regions.length;
    for (const { blocks } of regions) {
      this.translated.blocks += blocks.length;
      for (const { offsets } of blocks) this.translated.instructions += offsets.length;
    }
  }
  #cellOf({ page, offset, config }: Place): number {
    return this.#code.refCell(page, offset, this.#code.numberOf(config));
  }
  /** Which blocks are to be of one region: those of a page and configuration, but for what changes often. `first` is among the first ones. */
  #together(first: Place, others: readonly Place[]): readonly (readonly Place[])[] {
    const ofPages = new Map<number, Place[]>();
    const all: Place[][] = [];
    const add = (place: Place, cell: number): void => {
      const isAlone = this.#code.cold.isVolatile(cell);
      const known = isAlone ? undefined : ofPages.get(keyOf(place));
      if (known !== undefined) {
        known.push(place);
        return;
      }
      const places = [place];
      if (!isAlone) ofPages.set(keyOf(place), places);
      all.push(places);
    };
    const firstCell = this.#cellOf(first);
    add(first, firstCell);
    for (const place of others) {
      const cell = this.#cellOf(place);
      if (cell === firstCell || this.#isTaken(cell)) continue;
      if (this.#canBeAhead(place.page, place.offset, place.config)) add(place, cell);
    }
    return all;
  }
  /** Of one page and configuration. `taken`: the cells of what is in this and the module's other regions. */
  #region(places: readonly Place[], taken: Set<number>): TranslatedRegion {
    const code = this.#code;
    const { page, config } = places[0] as Place;
    const starts = places.map(({ offset }) => offset);
    const blocks = reachable(config, this.bounds, starts, (at) => {
      const cell = code.refCell(page, at, code.numberOf(config));
      if (!starts.includes(at)) {
        if (taken.has(cell) || this.#isTaken(cell)) return undefined;
        if (!this.#canBeAhead(page, at, config)) return undefined;
        if (this.bounds.evaluations > 0 && (code.cold.executions(cell) === 0 || code.cold.isVolatile(cell)))
          return undefined;
      }
      taken.add(cell);
      const block = code.cold.get(cell) ?? this.#lift(page, at, config);
      code.cold.keep(cell, block);
      return block;
    });
    const ofBlocks = blocks.map((b) =>
      code.refCell(page, must(b.offsets[0], 'start of a block'), code.numberOf(config)),
    );
    return { page, config, blocks, cells: ofBlocks };
  }
  /** Whether a block may be translated before execution comes to it. */
  #canBeAhead(page: number, offset: number, config: TranslationConfig): boolean {
    if (!this.#arch.frontEnd(config).canStart(config, this.#pageAt(page), offset)) return false;
    return this.#stopsOf(page)?.(offset) !== true;
  }
}
