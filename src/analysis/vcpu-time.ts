import type { Clocks } from './event-set.ts';

/**
 * Guest instructions of each vCPU: its turns without idle skips (FORMAT.md, `vcpu-turn`, `idle-skip`). Of a concurrent set they are
 * nanoseconds.
 */
export class VcpuTime {
  readonly #begin: number;
  readonly #isConcurrent: boolean;
  /** Counts that were skipped so far. */
  #skipped = 0;
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
    if (to > at) this.#skipped += to - at;
  }
  /** A `vcpu-turn`: before the first, its `from` has run. */
  turn(at: number, from: number, to: number): void {
    const now = at - this.#skipped;
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
    return vcpu === this.#running ? retired + at - this.#skipped - this.#since : retired;
  }
}
