import type { Clocks } from './event-set.ts';

/**
 * Guest instructions of each vCPU: its turns without idle skips (FORMAT.md, `vcpu-turn`, `idle-skip`). A skip is told as a whole at its
 * start; what wakes the guest earlier cuts it short. Of a concurrent set they are nanoseconds.
 */
export class VcpuTime {
  readonly #begin: number;
  readonly #isConcurrent: boolean;
  /** Counts that were skipped so far, and the skip that may not be over. */
  #skipped = 0;
  #skip: { readonly at: number; readonly to: number } | undefined;
  /** Who runs, where that is known, and since when, skips left out. */
  #running: number | undefined;
  #since: number;
  /** By vCPU, turns that are over. */
  readonly #retired: number[] = [];

  constructor({ begin = 0, isConcurrent = false }: Clocks = {}) {
    this.#begin = begin;
    this.#since = begin;
    this.#isConcurrent = isConcurrent;
  }

  /** An `idle-skip`. */
  skip(at: number, to: number): void {
    this.awake(at);
    this.#skip = { at, to };
  }
  /** Something shows that the guest runs, or that it is woken: an exit, an `irq-inject`, an `irq-ack`. */
  awake(at: number): void {
    this.#skipped = at - this.#now(at);
    this.#skip = undefined;
  }
  /** A `vcpu-turn`: before the first, its `from` has run. */
  turn(at: number, from: number, to: number): void {
    const now = this.#now(at);
    const ran = this.#running ?? from;
    this.#retired[ran] = (this.#retired[ran] ?? 0) + now - this.#since;
    this.#running = to;
    this.#since = now;
  }
  /** What a vCPU has retired by this count. */
  instructions(vcpu: number, at: number): number {
    if (this.#isConcurrent) return at - this.#begin;
    this.#running ??= vcpu;
    const retired = this.#retired[vcpu] ?? 0;
    return vcpu === this.#running ? retired + this.#now(at) - this.#since : retired;
  }
  /** What all vCPUs have retired by this count. */
  all(at: number): number {
    return (this.#isConcurrent ? at : this.#now(at)) - this.#begin;
  }
  /** A count without what was skipped before it. */
  #now(at: number): number {
    const { at: from, to } = this.#skip ?? { at, to: at };
    return at - this.#skipped - Math.max(0, Math.min(at, to) - from);
  }
}
