import { PAGE_BYTES, PAGE_SHIFT } from '../../base/page.ts';
import { isDetached, type TranslationConfig } from '../ir/config.ts';
import { Access } from '../mmu/access.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';
import type { Cpu } from '../system/cpu.ts';
import type { CodeCache } from './code-cache.ts';
import type { EngineCounters } from './engine-counters.ts';
import type { ObservedCode } from './observed-code.ts';
import type { PageTraits } from './page-traits.ts';
import { PhysicalPage } from './physical-page.ts';
import type { Architecture } from './ports.ts';
import { type Arrival, type PageChange, type StopPlace, Stops } from './stops.ts';
import { COLD, Translator } from './translator.ts';

/** In place of a reference, as COLD: the run stops before it. */
export const STOP = -2;

/** Finds the code at PC: what the jump cache knows, and else by translating the address, as a fetch does (DDI 0487, B2.3 and D8.2). */
export class CodeLookup {
  readonly #cpu: Cpu;
  readonly #arch: Architecture;
  readonly #code: CodeCache;
  readonly #counters: EngineCounters;
  readonly #page: PhysicalPage;
  readonly translator: Translator;
  /** Before what a run stops. No block goes over a place that is armed, and none that starts there is kept. */
  readonly #stops = new Stops();
  #stopDrops = 0;
  /** The last such stop, by count, PE and PC: from there the run goes on. */
  readonly #stopped = { icount: -1, pe: 0, vaLo: 0, vaHi: 0 };
  /** The armed place that a lookup came to. */
  #arrival!: Arrival;

  constructor(
    cpu: Cpu,
    arch: Architecture,
    code: CodeCache,
    traits: PageTraits,
    observed: ObservedCode,
    counters: EngineCounters,
  ) {
    this.#cpu = cpu;
    this.#arch = arch;
    this.#code = code;
    this.#counters = counters;
    this.#page = new PhysicalPage(cpu);
    const pageAt = (page: number): PhysicalPage => this.#pageAt(page);
    this.translator = new Translator(arch, code, traits, observed, pageAt, (page) => this.#stopsOf(page));
  }

  /** The packed reference of the block at PC, translated; COLD for one to be evaluated, STOP before one; or 0 with the exception of its fetch pending. */
  find(config: TranslationConfig): number {
    const cpu = this.#cpu;
    const code = this.#code;
    const counters = this.#counters;
    counters.lookups++;
    if (cpu.get32(cells.PC_OFFSET) >= PAGE_BYTES) cpu.normalizePc();
    const offset = cpu.get32(cells.PC_OFFSET);
    const vaLo = (cpu.get32(cells.PC_BASE) | offset) >>> 0;
    const vaHi = cpu.get32(cells.PC_BASE + 4);
    const context = cpu.get32(cells.CONTEXT);
    const isCached = !config.single && !isDetached(config);
    if (isCached) {
      const known = code.jumps.find(vaLo, vaHi, context);
      if (known !== 0) return known;
      (counters.jumpMisses[code.jumps.missOf(vaLo, vaHi)] as number)++;
    }
    const thumb = config.thumb ? 1 : 0;
    if (thumb === 0 && vaLo & 3) {
      cpu.pending = this.#arch.pcAlignment();
      return 0;
    }
    if (this.#isStop(vaLo - thumb, vaHi, config)) return STOP;
    let page = isCached ? code.jumps.pageOf(vaLo, vaHi, context, config.family) : -1;
    if (page < 0) {
      const pa = this.#fetchable(vaLo - thumb, vaHi);
      if (pa < 0) return 0;
      page = pa >>> PAGE_SHIFT;
      if (isCached && code.jumps.mapped(vaLo, vaHi, context, page, config.family)) {
        const known = code.jumps.find(vaLo, vaHi, context);
        if (known !== 0) return known;
      }
    }
    const frontEnd = this.#arch.frontEnd(config);
    if (!frontEnd.canStart(config, this.#pageAt(page), offset)) return this.#findStraddling(config, page, vaLo, vaHi);
    this.translator.makeRoom();
    const ref = counters.clock === null ? this.#findAt(page, config) : this.#timedFind(page, config, counters.clock);
    if (isCached && ref !== COLD) code.jumps.insert(vaLo, vaHi, context, config.family, ref);
    return ref;
  }
  #findAt(page: number, config: TranslationConfig): number {
    return this.translator.find(page, this.#cpu.get32(cells.PC_OFFSET), config);
  }
  #timedFind(page: number, config: TranslationConfig, clock: () => number): number {
    const counters = this.#counters;
    const { translated } = this.translator;
    const { modules } = translated;
    const begin = clock();
    const ref = this.#findAt(page, config);
    const took = clock() - begin;
    if (translated.modules === modules) counters.findMs += took;
    else counters.translateMs += took;
    return ref;
  }
  /** Physical address of an instruction (its first page), or -1 with the exception of its fetch pending. */
  #fetchable(vaLo: number, vaHi: number): number {
    const cpu = this.#cpu;
    const { mmu } = this.#arch;
    if (!mmu.translate(vaLo, vaHi, Access.execute)) {
      cpu.pending = this.#arch.abort('mmu', vaLo, vaHi, Access.execute);
      return -1;
    }
    if (mmu.pa < cpu.hostBytes) return mmu.pa;
    cpu.pending = this.#arch.abort('external', vaLo, vaHi, Access.execute);
    return -1;
  }
  /** A T32 instruction of which the second half is in the next page: it is looked up each time, since that page may change. */
  #findStraddling(config: TranslationConfig, page: number, vaLo: number, vaHi: number): number {
    const next = this.#fetchable(((vaLo & -PAGE_BYTES) + PAGE_BYTES) >>> 0, vaHi);
    if (next < 0) return 0;
    // The first half's translation may be gone.
    if (this.#arch.mmu.disturbed) return this.find(config);
    const second = this.#pageAt(next >>> PAGE_SHIFT).half(0);
    this.translator.makeRoom();
    return this.translator.find(page, vaLo & (PAGE_BYTES - 1), this.#arch.straddling(config, second));
  }
  #pageAt(page: number): PhysicalPage {
    this.#page.first = cells.HOST_MEMORY + page * PAGE_BYTES;
    return this.#page;
  }

  /** The places before which runs stop, from now on these alone. */
  stopBefore(places: readonly StopPlace[]): void {
    const { changes, pages } = this.#stops.set(places);
    for (const change of changes) this.#dropFor(change);
    for (const { vaLo, vaHi } of pages) this.#code.jumps.invalidatePage(vaLo, vaHi);
  }
  /** Only what goes over a new one, and what ended for the sake of one that is no more. */
  #dropFor({ page, added, gone }: PageChange): void {
    this.#stopDrops += this.#code.dropBlocks(
      page,
      ({ from, to, cut }) => added.some((offset) => from <= offset && offset < to) || (cut && gone.has(to)),
    );
  }
  /** Translated regions that changes of stops have dropped. */
  get droppedForStops(): number {
    return this.#stopDrops;
  }
  /** Which offsets of a page, of T32 code odd, are those of instructions to stop before. */
  #stopsOf(page: number): ((offset: number) => boolean) | undefined {
    const stops = this.#stops.of(page);
    return stops && ((offset) => stops.has(offset & -2));
  }

  /** The run stops where `find` came to STOP: it goes on from there. False: it goes on at once, since the place is not meant, or was passed. */
  stopsHere(): boolean {
    const arrival = this.#arrival;
    if (this.#isPassed(arrival)) return false;
    const { icount, banks } = this.#cpu;
    Object.assign(this.#stopped, { icount, pe: banks.loaded, vaLo: arrival.vaLo, vaHi: arrival.vaHi });
    return true;
  }
  /** The last stop means nothing any more. */
  forgetStop(): void {
    this.#stopped.icount = -1;
  }
  /** The run does not stop here: it is not meant, or it did. */
  #isPassed(arrival: Arrival): boolean {
    const { icount, pe, vaLo, vaHi } = this.#stopped;
    const isHere = vaLo === arrival.vaLo && vaHi === arrival.vaHi && pe === this.#cpu.banks.loaded;
    if (isHere && icount === this.#cpu.icount) return true;
    return !this.#stops.isAt(arrival);
  }
  /** The instruction at a VA, about to be looked up, has to be seen before it is executed. */
  #isStop(vaLo: number, vaHi: number, config: TranslationConfig): boolean {
    if (this.#stops.isEmpty) return false;
    const cpu = this.#cpu;
    // Not yet fetched: what comes before it, an interrupt or a change from outside, is to find the TLB as it is.
    const pa = this.#arch.mmu.probe(vaLo, vaHi, Access.execute);
    if (pa < 0) return false;
    const page = Math.floor(pa / PAGE_BYTES);
    const change = this.#stops.meet(vaLo, vaHi, page);
    if (change) this.#dropFor(change);
    if (this.#stops.of(page)?.has(pa % PAGE_BYTES) !== true) return false;
    this.#arrival = { pa, vaLo, vaHi, el: cpu.el, context: () => cpu.get64(sys.TTBR0_EL1) };
    return !config.single || !this.#isPassed(this.#arrival);
  }
}
