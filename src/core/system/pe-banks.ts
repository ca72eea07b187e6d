import { must } from '../../base/assert.ts';
import { CPU_STATE_BYTES } from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';

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
  readonly #cpu: PeState;
  readonly #told: PeChanges;
  /** The cells of those that are not loaded. Saved by whoever saves the CPU, one after the other. */
  readonly #banks: readonly Uint8Array[];
  /** Saved by whoever saves the CPU. */
  #loaded = 0;

  constructor(cpu: PeState, told: PeChanges) {
    this.#cpu = cpu;
    this.#told = told;
    this.#banks = Array.from({ length: cpu.pes > 1 ? cpu.pes : 0 }, () => new Uint8Array(CPU_STATE_BYTES));
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
    for (const [pe, bank] of this.#banks.entries())
      if (pe !== this.#loaded) new DataView(bank.buffer).setUint32(cell, value, true);
  }

  #exchange(pe: number): void {
    const { u8 } = this.#cpu;
    must(this.#banks[this.#loaded], 'PE').set(u8.subarray(0, CPU_STATE_BYTES));
    u8.set(must(this.#banks[pe], 'PE'));
  }
}
