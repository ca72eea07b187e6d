import { assert } from '../../base/assert.ts';

/** bhyve's counters that no architecture owns (sys/dev/vmm, sys/amd64/vmm/vmm.c), in its words. */
export const commonStats = ['vcpu total runtime', 'Resident memory'] as const;

/** The counters of one vCPU, as `bhyvectl --get-stats` prints them: one row a counter. */
export class Stats {
  readonly names: readonly string[];
  /** Saved by Vm. */
  readonly #counters: Float64Array;

  /** @param names the architecture's counters; those of `commonStats` stand before them. */
  constructor(names: readonly string[]) {
    this.names = [...commonStats, ...names];
    assert(new Set(this.names).size === this.names.length, 'counters have names of their own');
    this.#counters = new Float64Array(this.names.length);
  }

  /** The place of a counter, to be looked up once. */
  index(name: string): number {
    const at = this.names.indexOf(name);
    assert(at >= 0, `there is no counter "${name}"`);
    return at;
  }

  add(index: number, by = 1): void {
    this.#counters[index] = (this.#counters[index] as number) + by;
  }

  entries(): { readonly name: string; readonly value: number }[] {
    return this.names.map((name, i) => ({ name, value: this.#counters[i] as number }));
  }

  values(): number[] {
    return [...this.#counters];
  }

  setValues(values: readonly number[]): void {
    assert(values.length === this.#counters.length, 'as many values as counters');
    this.#counters.set(values);
  }
}
