import { NodePool } from '../ir/node-pool.ts';
import * as cells from '../state/cells.ts';
import type { LiftedBlock } from './translate.ts';

/** Lifted blocks kept for their next execution, at most: one more takes the place of the one kept longest. */
const KEPT_MAX = 8192;
const COUNT_MAX = 255;
/** A block that was dropped so often is evaluated 2^DOUBLINGS_MAX times as often before it is translated anew. */
const DOUBLINGS_MAX = 5;
/** Drops from which on a block is translated by itself. */
const VOLATILE = 2;

/**
 * What is known of blocks without a translation, by the address of their cell of BLOCK_REFS: how often each was executed,
 * and for a while its IR.
 */
export class ColdBlocks {
  readonly #counts = new Uint8Array(cells.BLOCK_REFS_MAX);
  /** How often it was `rewritten`. */
  readonly #drops = new Uint8Array(cells.BLOCK_REFS_MAX);
  /** Where its IR is, from 1 on; 0 where there is none. */
  readonly #places = new Uint16Array(cells.BLOCK_REFS_MAX);
  /** Of the blocks. */
  readonly nodes = new NodePool();
  /** What is not kept, or no more: until the next `reuse` it may still be executed. */
  readonly #gone: LiftedBlock[] = [];
  readonly #kept: (LiftedBlock | null)[] = Array.from({ length: KEPT_MAX }, () => null);
  /** By place: whose it is. */
  readonly #owners = new Int32Array(KEPT_MAX);
  #next = 0;

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
  /** It is as if it had not been executed. */
  uncount(cell: number): void {
    this.#counts[this.#index(cell)] = 0;
  }
  get(cell: number): LiftedBlock | undefined {
    const place = this.#places[this.#index(cell)] as number;
    return place === 0 ? undefined : (this.#kept[place - 1] ?? undefined);
  }
  keep(cell: number, block: LiftedBlock): void {
    const at = this.#index(cell);
    const known = this.#places[at] as number;
    if (known !== 0) {
      this.#put(known - 1, block);
      return;
    }
    const place = this.#next;
    this.#next = (place + 1) % KEPT_MAX;
    if (this.#kept[place] !== null) this.#places[this.#owners[place] as number] = 0;
    this.#put(place, block);
    this.#owners[place] = at;
    this.#places[at] = place + 1;
  }
  #put(place: number, block: LiftedBlock | null): void {
    const before = this.#kept[place] as LiftedBlock | null;
    if (before !== null && before !== block) this.#gone.push(before);
    this.#kept[place] = block;
  }
  /** A block that is executed next, and not kept. */
  pass(block: LiftedBlock): void {
    this.#gone.push(block);
  }
  /** Nothing is being executed, lifted or translated: nodes of blocks that are not kept serve for others. */
  reuse(): void {
    for (let block = this.#gone.pop(); block !== undefined; block = this.#gone.pop()) this.nodes.give(block.nodes);
  }
  /** Its IR no longer serves, or is translated; how often it was executed stays known. */
  forget(cell: number): void {
    const at = this.#index(cell);
    const place = this.#places[at] as number;
    if (place === 0) return;
    this.#put(place - 1, null);
    this.#places[at] = 0;
  }
  /** The block's code has changed. */
  drop(cell: number): void {
    this.uncount(cell);
    this.forget(cell);
  }
  /** A store has changed it, or its neighbour in a translation: where that is often, it is evaluated more often before it is translated. */
  rewritten(cell: number): void {
    this.drop(cell);
    const at = this.#index(cell);
    const drops = this.#drops[at] as number;
    if (drops < COUNT_MAX) this.#drops[at] = drops + 1;
  }
  /** How often a block is to be evaluated before it is translated, where it is `often` for one that was never dropped. */
  evaluations(cell: number, often: number): number {
    const drops = this.#drops[this.#index(cell)] as number;
    return drops === 0 || often > COUNT_MAX ? often : Math.min(often << Math.min(drops, DOUBLINGS_MAX), COUNT_MAX);
  }
  /** It was `rewritten`, and executed again. */
  isRewritten(cell: number): boolean {
    return this.#drops[this.#index(cell)] !== 0;
  }
  /** The block's code changes often: translated together with others, it would take them away each time. */
  isVolatile(cell: number): boolean {
    return (this.#drops[this.#index(cell)] as number) > VOLATILE;
  }
  clear(): void {
    this.#counts.fill(0);
    this.#drops.fill(0);
    this.#places.fill(0);
    for (let place = 0; place < KEPT_MAX; place++) this.#put(place, null);
    this.#next = 0;
  }
}
