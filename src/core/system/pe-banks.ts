import { must } from '../../base/assert.ts';
import type { PeState } from '../state/pe-state.ts';
import { STATE_BYTES_USED } from '../state/system-cells.ts';

/** Who is told of changes of the cells. */
export interface PeChanges {
  /** What of the loaded PE's state is not in its cells yet is to come there. */
  leaving(): void;
  /** A PE was put into the cells, to stay. */
  replaced(pe: number): void;
}

/**
 * PEs of one host, of which one at a time is in the cells. Whatever else is known of a PE follows from its cells; its entries of the TLB
 * are its own, by its affinity, as without FEAT_TTCNP (Arm ARM DDI 0487, D8.14).
 */
export class PeBanks {
  readonly #told: PeChanges;
  /** The cells of those that are not loaded. Saved by whoever saves the CPU, one after the other. */
  readonly #banks: readonly Uint32Array[];
  /** Those of the one that is. */
  readonly #cells: Uint32Array;
  /** Saved by whoever saves the CPU. */
  #loaded = 0;

  constructor(cpu: PeState, told: PeChanges) {
    this.#told = told;
    this.#cells = cpu.u32.subarray(0, STATE_BYTES_USED >>> 2);
    this.#banks = Array.from({ length: cpu.pes > 1 ? cpu.pes : 0 }, () => new Uint32Array(STATE_BYTES_USED >>> 2));
  }

  /** Which PE is in the cells. */
  get loaded(): number {
    return this.#loaded;
  }

  /** Puts a PE into the cells. Nothing is told, and no state of it changes: what is due by now is for the next poll. */
  load(pe: number): void {
    if (pe === this.#loaded) return;
    this.#told.leaving();
    this.#exchange(pe);
    this.#loaded = pe;
    this.#told.replaced(pe);
  }

  /** With a PE's cells in place, and nothing that follows from them: to read them, or to put others there. */
  with<T>(pe: number, use: () => T): T {
    const back = this.#loaded;
    if (pe === back) return use();
    this.#told.leaving();
    this.#exchange(pe);
    this.#loaded = pe;
    try {
      return use();
    } finally {
      this.#exchange(back);
      this.#loaded = back;
    }
  }

  /** Sets a cell of 32 bits of each PE that is not loaded. */
  setElsewhere(cell: number, value: number): void {
    for (const [pe, bank] of this.#banks.entries()) if (pe !== this.#loaded) bank[cell >>> 2] = value;
  }

  #exchange(pe: number): void {
    must(this.#banks[this.#loaded], 'PE').set(this.#cells);
    this.#cells.set(must(this.#banks[pe], 'PE'));
  }
}
