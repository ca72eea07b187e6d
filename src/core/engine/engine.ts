// engine/: finds the code at PC, evaluates or translates it and runs it, to an exact instruction count.

import { must } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { ObservedInstructions, TranslationConfig } from '../ir/config.ts';
import { offsetOfAccess, type RuntimeCall } from '../ir/ops.ts';
import { Access } from '../mmu/access.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import type { Exception } from '../state/exception.ts';
import type { Cpu } from '../system/cpu.ts';
import { ABANDONED } from '../wasm/runtime-functions.ts';
import { CodeCache } from './code-cache.ts';
import { CodeLookup, STOP } from './code-lookup.ts';
import { EngineCounters } from './engine-counters.ts';
import { Evaluator } from './evaluator.ts';
import { MemoryAccess } from './memory-access.ts';
import type { ModulesOnTheirWay } from './modules-on-their-way.ts';
import type { InstructionObserver } from './observation.ts';
import { ObservedCode } from './observed-code.ts';
import { PageTraits } from './page-traits.ts';
import type { Architecture, DebugExceptions } from './ports.ts';
import type { StopPlace } from './stops.ts';
import { INSTRUCTIONS_A_BLOCK_MAX, type TranslationBounds } from './translate.ts';
import { translationStore } from './translation-store.ts';
import { COLD, type Translator } from './translator.ts';
import { type OutsideWriter, Watchpoints, type WatchRange, type WatchTold } from './watchpoints.ts';

/** Why `run` came back: `count`, exactly at the count asked for; `place`, before one of `stopBefore`; `wfe`, of several PEs, for what another may do. */
export type RunStop = 'count' | 'place' | 'exception-el2' | 'wfi' | 'wfe' | 'livelock';

/** Budgets are i32; a slice also bounds how long translated code runs without a look from outside. */
const SLICE_MAX = 1 << 20;

const NOWHERE = { pc: 0n, el: 0 } as const;

/** Runs translated code: finds blocks, translates what is new, takes exceptions, and stops at exact instruction counts. */
export class Engine {
  readonly cpu: Cpu;
  readonly code: CodeCache;
  readonly #arch: Architecture;
  readonly #memory: MemoryAccess;
  readonly #evaluator: Evaluator;
  readonly #watchpoints: Watchpoints;
  readonly #lookup: CodeLookup;
  readonly #translator: Translator;
  /** Instruction count at which the run ends. */
  #until = 0;
  /** Instruction count at which the budget of the code now running is spent. */
  #sliceEnd = 0;
  /** What is known of each page of the emulated physical memory. */
  readonly traits: PageTraits;
  /** Exceptions to EL2 end the run: the hypervisor is resident outside the CPU. */
  residentEl2 = true;
  readonly observed: ObservedCode;
  readonly counters = new EngineCounters();
  /** Instruction count at which interrupts were looked for last. */
  #polledAt = -1;
  /** The instruction that was stepped last was an exception return. */
  #hasReturned = false;
  /** Told of each instruction that ends in an exception and retires nothing, and where it stands. */
  onFault: ((isToHypervisor: boolean, pc: bigint) => void) | null = null;
  /** Kind of the exception taken last. */
  lastKind: Exception['kind'] = 'sync';

  constructor(cpu: Cpu, makeArchitecture: (engine: Engine) => Architecture) {
    this.cpu = cpu;
    this.traits = new PageTraits(cpu.hostBytes);
    const atInstruction = (info: number, remaining: number): void => {
      cpu.icount = this.#sliceEnd - remaining;
      cpu.set32(cells.PC_OFFSET, offsetOfAccess(info));
    };
    this.code = new CodeCache(cpu, this.traits, {
      load: (info, remaining) => {
        this.counters.slowLoads++;
        atInstruction(info, remaining);
        return this.#memory.load(info);
      },
      store: (info, remaining) => {
        this.counters.slowStores++;
        atInstruction(info, remaining);
        return this.#memory.store(info);
      },
      runtime: (info, remaining) => {
        this.counters.calls++;
        cpu.icount = this.#sliceEnd - remaining;
        if (!this.#arch.runtime((info >>> 24) as RuntimeCall, info & 0xff_ffff)) return 0;
        cpu.set32(cells.EXIT_REASON, ExitReason.abandoned);
        return 1;
      },
    });
    this.#arch = makeArchitecture(this);
    this.observed = new ObservedCode(cpu, this.#arch);
    this.#lookup = new CodeLookup(cpu, this.#arch, this.code, this.traits, this.observed, this.counters);
    this.#translator = this.#lookup.translator;
    this.#watchpoints = new Watchpoints(cpu, this.traits);
    this.#memory = new MemoryAccess(cpu, this.#arch, this.code, this.traits, this.#watchpoints);
    this.#evaluator = new Evaluator(cpu, this.#arch, this.#memory, this.code.helpers);
  }

  /** How much is translated at once: never what the guest sees. */
  get bounds(): TranslationBounds {
    return this.#translator.bounds;
  }
  /** Before anything was run: what other machines of this process have translated is taken, and what this one translates is left to them. */
  shareTranslations(): void {
    this.code.shareBy(translationStore);
  }
  /** What is compiled beside the run. */
  get onTheirWay(): ModulesOnTheirWay {
    return this.#translator.onTheirWay;
  }
  /** What was translated so far. */
  get translated(): Translator['translated'] {
    return this.#translator.translated;
  }

  /** Stops runs before instructions, each time that one is about to be executed. From now on before these alone. */
  stopBefore(places: readonly StopPlace[]): void {
    this.#lookup.stopBefore(places);
  }
  /** Translated regions that changes of stops have dropped. */
  get droppedForStops(): number {
    return this.#lookup.droppedForStops;
  }

  /**
   * Tells of accesses to ranges of physical memory, from now on of these alone. `told` may ask for a stop: the run then ends behind
   * the instruction, as one that was to end at its count. Walks of translation tables and accesses to devices are none of them.
   */
  watch(ranges: readonly WatchRange[], told: WatchTold): void {
    const { reads, writes } = this.#watchpoints.set(ranges, told);
    this.#arch.mmu.flushEntriesOf(reads, writes);
  }

  /** From within what is told during a run: ends it here, as one that was to end at this count. */
  stop(): void {
    this.#until = this.cpu.icount;
  }
  /** Tells of instructions of the guest, and of each exception, until it is called again. Nothing shows in the guest. */
  observe(
    observer: InstructionObserver | null,
    paOf = (hostPa: number): number => hostPa,
    which: ObservedInstructions = 'instructions',
  ): void {
    if (observer === null) this.observed.nobody();
    else this.observed.instructions(observer, paOf, which);
  }

  /** Physical memory is changed from outside the CPU; by someone of whom watchpoints tell, if he is named. */
  change(pa: number, bytes: number, by: OutsideWriter | undefined, change: () => void): void {
    this.wrote(pa, bytes);
    if (by === undefined) change();
    else this.#watchpoints.change(pa, bytes, by, change);
    if (by !== undefined) this.observed.observation?.changed(pa, bytes, by);
  }
  /** Physical memory was written to from outside the CPU: what was translated of it no longer holds. */
  wrote(pa: number, bytes: number): void {
    if (bytes === 0) return;
    for (let page = pa >>> 12; page <= (pa + bytes - 1) >>> 12; page++) {
      this.code.invalidate(page);
      this.traits.noteWrite(page);
    }
  }
  /** The pages written to, by whomever, since the last call: of an engine whose `traits` track them. */
  takeWritten(): readonly number[] {
    const written = this.traits.takeWritten();
    if (written.length > 0) this.#arch.mmu.flushWriteEntries();
    return written;
  }

  /** The CPU and its memory were put into another state, at whatever count: where this engine stopped last means nothing there. */
  resumed(): void {
    this.#lookup.forgetStop();
    this.observed.observation?.forget();
    this.onTheirWay.goOnElsewhere();
    this.#polledAt = -1;
  }

  /** Runs until the count is reached, or the hypervisor is called for, or the CPU waits. */
  run(until: number): RunStop {
    this.observed.observation?.entered(this.cpu.icount);
    const stop = this.#run(until);
    this.observed.observation?.settle();
    return stop;
  }
  #run(until: number): RunStop {
    const { cpu } = this;
    const { stall } = cpu;
    this.#until = until;
    for (;;) {
      if (stall.exceptions > limits.exceptionsWithoutProgressMax && stall.at === cpu.icount) return 'livelock';
      this.#arch.poll();
      const interrupt = cpu.get32(cells.INTERRUPT_PENDING) === 0 ? null : this.#arch.interrupt();
      if (interrupt !== null) {
        if (this.#take(interrupt)) return 'exception-el2';
        continue;
      }
      if (cpu.icount >= this.#until) return 'count';
      this.#polledAt = cpu.icount;
      const config = this.#arch.refresh();
      const { debug } = this.#arch;
      const limit = Math.min(this.#until, this.#arch.deadline());
      const stop = debug === null ? this.#slice(config, limit) : this.#debugStep(limit, debug);
      if (stop !== null) return stop;
    }
  }

  /** Runs up to a slice; null to go on. */
  #slice(config: TranslationConfig, until: number): RunStop | null {
    const { cpu } = this;
    let ref = this.#lookup.find(config);
    let reason: number = ExitReason.lookup;
    // Block by block while they are cold.
    while (ref === COLD) {
      reason = this.#evaluate(until);
      if (reason !== ExitReason.lookup) break;
      // An interrupt or the end of the run comes before the fault of the next fetch.
      if (cpu.icount >= until) return null;
      ref = this.#lookup.find(this.#arch.refresh());
    }
    if (ref === 0) return this.#takePending();
    if (ref === STOP) return this.#stop();
    if (ref !== COLD) reason = this.#enter(ref, Math.min(until - cpu.icount, SLICE_MAX));
    // Less than a block is left before the count: one instruction at a time, so that the stop is exact.
    if (reason === ExitReason.budget && until - cpu.icount < INSTRUCTIONS_A_BLOCK_MAX) return this.#single(until);
    return this.#after(reason);
  }

  #single(until: number): RunStop | null {
    const { cpu } = this;
    this.counters.singles++;
    while (cpu.icount < until) {
      const ref = this.#lookup.find(this.#arch.refreshSingle());
      if (ref === 0) return this.#takePending();
      if (ref === STOP) return this.#stop();
      this.#memory.single = true;
      const reason = ref === COLD ? this.#evaluate(until) : this.#enter(ref, 1);
      this.#memory.single = false;
      if (reason !== ExitReason.budget && reason !== ExitReason.lookup) {
        const stop = this.#after(reason);
        this.#tellHits();
        return stop;
      }
      if (this.#tellHits()) return null;
      // A device that the instruction accessed may have raised an interrupt.
      if (cpu.get32(cells.INTERRUPT_PENDING) & ~cpu.get32(cells.DAIF)) return null;
    }
    return null;
  }

  /** What was watched of the instruction that was carried out; true where the run is to end behind it. */
  #tellHits(): boolean {
    if (!this.#watchpoints.tell()) return false;
    this.stop();
    return true;
  }

  /** Before an instruction of `stopBefore`; the next run carries it out. */
  #stop(): RunStop | null {
    const { icount } = this.cpu;
    // An interrupt would come first.
    if (icount !== this.#polledAt) return null;
    if (!this.#lookup.stopsHere()) return this.#single(icount + 1);
    return 'place';
  }
  /** One instruction, with the debug exceptions before it and the end of its software step. */
  #debugStep(until: number, debug: DebugExceptions): RunStop | null {
    const before = debug.step() ?? (this.#isFetchable() ? debug.breakpoint() : null);
    if (before !== null) return this.#take(before) ? 'exception-el2' : null;
    const start = this.cpu.icount;
    const word = this.#arch.word();
    const level = this.cpu.el;
    this.#hasReturned = false;
    const stop = this.#single(Math.min(until, start + 1));
    // An exception (SVC included) and a return from one have their own rules; what retired at this level was stepped.
    if (this.cpu.icount !== start && this.cpu.el === level && !this.#hasReturned) debug.after(word);
    return stop;
  }
  /** The address at PC can be fetched from: else that fault comes before a breakpoint. */
  #isFetchable(): boolean {
    const { cpu } = this;
    const { mmu } = this.#arch;
    cpu.normalizePc();
    const vaLo = (cpu.get32(cells.PC_BASE) | (cpu.get32(cells.PC_OFFSET) & ~(cpu.thumb ? 1 : 0))) >>> 0;
    return mmu.translate(vaLo, cpu.get32(cells.PC_BASE + 4), Access.execute) && mmu.pa < cpu.hostBytes;
  }

  /** Evaluates the block that was looked up, where the count allows it. */
  #evaluate(until: number): number {
    const block = this.#translator.cold;
    const { cpu, counters } = this;
    const { icount } = cpu;
    if (block.offsets.length > until - icount) return ExitReason.budget;
    counters.evaluations++;
    const reason = this.#evaluator.run(block);
    counters.evaluated += cpu.icount - icount;
    return this.#arrived(reason);
  }
  #enter(ref: number, budget: number): number {
    const { cpu } = this;
    this.#sliceEnd = cpu.icount + budget;
    cpu.set32(cells.SLICE_END, this.#sliceEnd);
    cpu.set32(cells.SLICE_END + 4, this.#sliceEnd / 2 ** 32);
    const left = this.code.runtime.enter(ref, budget);
    if (left !== ABANDONED) cpu.icount = this.#sliceEnd - left;
    const reason = cpu.get32(cells.EXIT_REASON);
    this.counters.entries++;
    (this.counters.leaves[reason] as number)++;
    return this.#arrived(reason);
  }
  /** A computed jump may have left a tag in PC: as the jump cache knows none, it always ends here. */
  #arrived(reason: number): number {
    if (reason === ExitReason.lookup) {
      const { cpu } = this;
      const high = cpu.get32(cells.PC_BASE + 4);
      const sign = high >> 23;
      if (sign !== 0 && (sign !== -1 || cpu.el === 2)) cpu.set32(cells.PC_BASE + 4, this.#arch.branchAddressHigh(high));
    }
    return reason;
  }

  #after(reason: number): RunStop | null {
    const { cpu } = this;
    switch (reason) {
      case ExitReason.abandoned:
        return this.#takePending();
      case ExitReason.call:
        return this.#take(this.#arch.call(cpu.get32(cells.EXIT_ARGUMENT))) ? 'exception-el2' : null;
      case ExitReason.eret:
        this.#arch.exceptionReturn();
        this.#hasReturned = true;
        cpu.icount++;
        return null;
      case ExitReason.alone:
        return this.#single(cpu.icount + 1);
      case ExitReason.wait:
        // WFE may complete at any time (Arm ARM DDI 0487, D1.6.1); an event that would end it is always taken to be there.
        // Other PEs, where there are some, are to have their turn.
        return cpu.get32(cells.EXIT_ARGUMENT) === 0 ? 'wfi' : cpu.pes > 1 ? 'wfe' : null;
      default:
        return null;
    }
  }

  #takePending(): RunStop | null {
    const exception = must(this.cpu.pending, 'pending exception');
    this.cpu.pending = null;
    return this.#take(exception) ? 'exception-el2' : null;
  }
  /** Takes the exception; true when it went to the resident EL2. */
  #take(exception: Exception): boolean {
    const { stall, icount } = this.cpu;
    stall.exceptions = stall.at === icount ? stall.exceptions + 1 : 1;
    stall.at = icount;
    const isToHypervisor = exception.target === 2 && this.residentEl2;
    this.counters.exceptions++;
    if (isToHypervisor) this.counters.toHypervisor++;
    const { pc, el } = this.observed.observation === null && this.onFault === null ? NOWHERE : this.cpu;
    // What retired before it has its results alone in the registers.
    this.observed.observation?.settle();
    this.#arch.take(exception);
    this.lastKind = exception.kind;
    // SVC, HVC and SMC are retired by being taken.
    if (exception.returnOffset !== 0) this.cpu.icount++;
    this.observed.observation?.exception(exception, icount, pc, el);
    if (exception.kind === 'sync' && this.cpu.icount === icount) this.onFault?.(isToHypervisor, pc);
    return isToHypervisor;
  }
}
