import * as cells from '../state/cells.ts';
import type { LiftedBlock } from './translate.ts';

/** Lifted blocks kept for their next execution; beyond, the one kept longest goes. */
const KEPT_MAX = 8192;
const COUNT_MAX = 255;

/**
 * What is known of blocks without a translation, by the address of their cell of BLOCK_REFS: how often each was executed,
 * and for a while its IR.
 */
export class ColdBlocks {
  readonly #counts = new Uint8Array(cells.BLOCK_REFS_MAX);
  readonly #lifted = new Map<number, LiftedBlock>();

  #index(cell: number): number {
    return (cell - cells.BLOCK_REFS) >>> 2;
  }
  executions(cell: number): number {
    return this.#counts[this.#index(cell)] as number;
  }
  /** Another execution; returns how many there were before. */
  count(cell: number): number {
    const at = this.#index(cell);
    const before = this.#counts[at] as number;
    if (before < COUNT_MAX) this.#counts[at] = before + 1;
    return before;
  }
  get(cell: number): LiftedBlock | undefined {
    return this.#lifted.get(cell);
  }
  keep(cell: number, block: LiftedBlock): void {
    this.#lifted.set(cell, block);
    if (this.#lifted.size <= KEPT_MAX) return;
    for (const oldest of this.#lifted.keys()) {
      this.#lifted.delete(oldest);
      return;
    }
  }
  /** Its IR no longer serves, or is translated; how often it was executed stays known. */
  forget(cell: number): void {
    this.#lifted.delete(cell);
  }
  /** The block's code has changed. */
  drop(cell: number): void {
    this.#counts[this.#index(cell)] = 0;
    this.#lifted.delete(cell);
  }
  clear(): void {
    this.#counts.fill(0);
    this.#lifted.clear();
  }
}
