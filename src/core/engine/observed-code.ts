import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { FrontEnd, InstructionReader } from '../decode/front-end.ts';
import type { Builder } from '../ir/builder.ts';
import type { ObservedInstructions, ObservedPart, TranslationConfig } from '../ir/config.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { Cpu } from '../system/cpu.ts';
import {
  type CodeObservation,
  type InstructionObserver,
  Observation,
  type ObservedException,
  type ObservedInstruction,
} from './observation.ts';
import type { Architecture } from './ports.ts';
import { type LiftedBlock, liftBlock, type TranslationBounds } from './translate.ts';

/**
 * A block of code: instructions that are executed one after the other unless one of them ends it; what lies between two P0 elements
 * of a trace unit (Arm IHI 0064, Embedded Trace Macrocell, 6.1).
 */
export interface ObservedBlock {
  /** Physical address of its page, as the host's memory counts. */
  readonly page: number;
  /** Where each instruction lies in the page; of T32 without bit 0. */
  readonly offsets: readonly number[];
  /** Behind the last one. */
  readonly endOffset: number;
  readonly isa: ObservedInstruction['isa'];
  readonly el: number;
}

/**
 * Who is told of each block. How code is cut into blocks is the engine's business and no two runs' alike: only what holds of instructions
 * may be concluded. The CPU's state is exact then, to be read: nothing may change it, stop the run or ask the engine from within.
 */
export interface BlockObserver {
  /**
   * A block is about to be executed: the instructions since the last one was have retired.
   * @param number of the block, for `ObservedBlocks.get`
   * @param pageLo the virtual address of its page, as unsigned halves, with `pageHi`
   */
  entered(number: number, icount: number, pageLo: number, pageHi: number): void;
  /** Taken to EL1, or to the resident hypervisor (target 2). */
  exception?(taken: ObservedException): void;
  /** The numbers given so far stand for no block any more. */
  renumbered?(): void;
}

/** Numbers are what a call from translated code into the run time has room for. */
const NUMBERS_MAX = 1 << 24;
/** Blocks that one look-up may lift. */
const ROOM = 1 << 10;

/** The blocks of observed code, by the numbers that are in it. */
export class ObservedBlocks {
  #blocks: ObservedBlock[] = [];

  /** No further number may be given out. */
  get isFull(): boolean {
    return this.#blocks.length > NUMBERS_MAX - ROOM;
  }
  /** The number of the block that is added next. */
  get next(): number {
    assert(this.#blocks.length < NUMBERS_MAX, 'code is dropped before numbers run out');
    return this.#blocks.length;
  }
  /** `page`: its number. */
  add(page: number, { offsets, endOffset }: LiftedBlock, { aarch32, thumb, el }: TranslationConfig): void {
    const isa = aarch32 ? (thumb ? 't32' : 'a32') : 'a64';
    const places = thumb ? offsets.map((offset) => offset & -2) : offsets;
    this.#blocks.push({ page: page * PAGE_BYTES, offsets: places, endOffset: endOffset & -2, isa, el });
  }
  get(number: number): ObservedBlock | undefined {
    return this.#blocks[number];
  }
  clear(): void {
    this.#blocks = [];
  }
}

/** Tells an observer of blocks, from the call that observed code makes at the beginning of each (`RuntimeCall.observe`). */
export class BlockObservation implements CodeObservation {
  readonly observer: BlockObserver;
  readonly #cpu: Cpu;

  constructor(observer: BlockObserver, cpu: Cpu) {
    this.observer = observer;
    this.#cpu = cpu;
  }
  called(number: number): void {
    const { u32, icount } = this.#cpu;
    this.observer.entered(number, icount, u32[cells.PC_BASE >>> 2] as number, u32[(cells.PC_BASE + 4) >>> 2] as number);
  }
  entered(): void {}
  changed(): void {}
  settle(): void {}
  exception(exception: Exception, icount: number, pc: bigint, el: number): void {
    this.observer.exception?.({ exception, icount, pc, el });
  }
  forget(): void {}
  renumbered(): void {
    this.observer.renumbered?.();
  }
}

/** Who observes what is executed, and the code that tells of it. */
export class ObservedCode {
  readonly blocks = new ObservedBlocks();
  readonly #cpu: Cpu;
  readonly #arch: Architecture;
  #observation: CodeObservation | null = null;

  constructor(cpu: Cpu, arch: Architecture) {
    this.#cpu = cpu;
    this.#arch = arch;
  }

  /** Who is told now. */
  get observation(): CodeObservation | null {
    return this.#observation;
  }
  instructions(observer: InstructionObserver, paOf: (hostPa: number) => number, which: ObservedInstructions): void {
    this.#tell(new Observation(observer, this.#cpu, this.#arch, paOf), which);
  }
  /** Of each block instead of each instruction, which is many times faster. */
  byBlocks(observer: BlockObserver | null): void {
    if (observer === null) this.nobody();
    else this.#tell(new BlockObservation(observer, this.#cpu), 'blocks');
  }
  nobody(): void {
    this.#tell(null, 'nothing');
  }
  #tell(observation: CodeObservation | null, part: ObservedPart): void {
    this.#observation = observation;
    this.#arch.observed = (argument) => observation?.called(argument);
    const { system } = this.#cpu;
    system.configs.observed = part;
    system.configChanged();
  }

  /** A block, as whoever observes wants it. */
  lift(
    frontEnd: FrontEnd,
    ir: Builder,
    bounds: TranslationBounds,
    page: InstructionReader,
    number: number,
    offset: number,
    endsBefore: ((offset: number) => boolean) | undefined,
  ): LiftedBlock {
    const { config } = ir;
    if (config.observed !== 'blocks') return liftBlock(frontEnd, ir, bounds, page, offset, endsBefore);
    const block = liftBlock(frontEnd, ir, bounds, page, offset, endsBefore, this.blocks.next);
    this.blocks.add(number, block, config);
    return block;
  }
  /** All code was dropped. */
  dropped(): void {
    this.blocks.clear();
    this.#observation?.renumbered?.();
  }
}
