import { must } from '../base/assert.ts';
import { fromHalves } from '../base/bits.ts';
import type { ObservedException } from '../core/engine/observation.ts';
import type { BlockObserver, ObservedBlock } from '../core/engine/observed-code.ts';
import type { Machine } from '../machine/machine.ts';

/** A block of code where the guest has it. */
export interface PlacedBlock {
  readonly block: ObservedBlock;
  /** The virtual address of its page, as unsigned halves. */
  readonly pageLo: number;
  readonly pageHi: number;
  /** Instructions that it has. */
  readonly length: number;
}

/** The virtual address of its n-th instruction, or of what lies behind it. */
export const addressIn = ({ block, pageLo, pageHi }: PlacedBlock, n: number): bigint =>
  fromHalves(pageLo, pageHi) + BigInt(block.offsets[n] ?? block.endOffset);

/**
 * Follows a run block by block. What an instruction count says is exact: all that retired since a block was entered is of that block.
 */
export abstract class BlockWalk<P extends PlacedBlock> implements BlockObserver {
  protected readonly machine: Machine;
  /** By the block's number; one that is mapped at several addresses has what was met last. */
  #placed: (P | undefined)[] = [];
  readonly #others = new Map<string, P>();
  #last: P | undefined;
  /** Instructions retired when the last one was entered. */
  #at: number;

  constructor(machine: Machine) {
    this.machine = machine;
    this.#at = machine.instructions;
  }

  /** A block is met first at an address. */
  protected abstract place(placed: PlacedBlock): P;
  /** So many instructions have retired since the block was entered, perhaps none; `undefined`: since the walk began. */
  protected abstract ran(placed: P | undefined, instructions: number): void;
  /** It is about to be executed. */
  protected arrived(_placed: P): void {}
  exception?(taken: ObservedException): void;

  entered(number: number, icount: number, pageLo: number, pageHi: number): void {
    const now = icount - this.machine.clock.skipped;
    this.ran(this.#last, now - this.#at);
    this.#at = now;
    let placed = this.#placed[number];
    if (placed === undefined || placed.pageLo !== pageLo || placed.pageHi !== pageHi)
      placed = this.#find(number, pageLo, pageHi);
    this.arrived(placed);
    this.#last = placed;
  }
  /** Numbers go to other blocks from now on. */
  renumbered(): void {
    this.#placed = [];
    this.#others.clear();
  }
  #find(number: number, pageLo: number, pageHi: number): P {
    const key = `${number} ${pageLo} ${pageHi}`;
    let placed = this.#others.get(key);
    if (placed === undefined) {
      const block = must(this.machine.cpu.engine.observed.blocks.get(number), 'block that code tells of');
      placed = this.place({ block, pageLo, pageHi, length: block.offsets.length });
      this.#others.set(key, placed);
    }
    this.#placed[number] = placed;
    return placed;
  }

  /** The run is over: what retired last counts too. */
  settle(): void {
    const { instructions } = this.machine;
    this.ran(this.#last, instructions - this.#at);
    this.#at = instructions;
  }
}
