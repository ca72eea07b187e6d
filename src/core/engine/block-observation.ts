import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { TranslationConfig } from '../ir/config.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { Cpu } from '../system/cpu.ts';
import type { CodeObservation, ObservedException, ObservedInstruction } from './observation.ts';
import type { LiftedBlock } from './translate.ts';

/** A block of code: instructions that are executed one after the other unless one of them ends it. */
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
  settle(): void {}
  exception(exception: Exception, icount: number, pc: bigint, el: number): void {
    this.observer.exception?.({ exception, icount, pc, el });
  }
  forget(): void {}
  renumbered(): void {
    this.observer.renumbered?.();
  }
}
