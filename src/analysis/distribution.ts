import { assert } from '../base/assert.ts';

/** How values of one kind lie; all of them whole numbers of 0 and more. */
export interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly mean: number;
  /** Percentiles by nearest rank: so many of a hundred values are at most this. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** By powers of two, ascending, empty ones left out: `count` values from `from` to `to`, both included. */
  readonly histogram: readonly Bucket[];
}
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Samples that are kept as they are, of all distributions that share it: percentiles are then exact. */
export class SampleBudget {
  #left: number;

  /** The default is 32 MiB of them. */
  constructor(samples = 1 << 22) {
    this.#left = samples;
  }
  get isSpent(): boolean {
    return this.#left <= 0;
  }
  take(samples: number): void {
    this.#left -= samples;
  }
}

/** Parts that a power of two has: a value is known to a 32nd then, and its middle is off by a 64th. */
const PARTS_LOG2 = 5;
const PARTS = 1 << PARTS_LOG2;
/** Whole numbers below 2^53, by their length in bits. */
const LENGTHS = 54;
const FIRST_SAMPLES = 4;

/** Bits that a whole number has; none for 0. */
export const bitLength = (value: number): number => {
  if (value < 0x1_0000_0000) return 32 - Math.clz32(value);
  return 64 - Math.clz32(Math.floor(value / 0x1_0000_0000));
};

/**
 * Gathers values. All are kept while the budget lasts; afterwards a power of two is counted in 32 parts, so that memory is bounded
 * whatever comes (14 KiB each), and percentiles are off by a 64th at most. Count, sum, minimum, maximum and histogram are always exact.
 */
export class Distribution {
  readonly #budget: SampleBudget;
  #samples: Float64Array | undefined = new Float64Array(FIRST_SAMPLES);
  /** By length in bits, once samples are not kept any more. */
  readonly #parts: (Float64Array | undefined)[] = [];
  readonly #lengths = new Float64Array(LENGTHS);
  count = 0;
  sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  constructor(budget: SampleBudget) {
    this.#budget = budget;
    budget.take(FIRST_SAMPLES);
  }

  /** Whether percentiles are those of the values themselves. */
  get isExact(): boolean {
    return this.#samples !== undefined;
  }

  add(value: number): void {
    assert(value >= 0, 'a whole number of 0 and more');
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const length = bitLength(value);
    this.#lengths[length] = (this.#lengths[length] as number) + 1;
    if (this.#samples === undefined || !this.#keep(this.#samples, value)) this.#countPart(length, value);
    this.count++;
    this.sum += value;
  }

  /** False where there is no room for it, and those that were kept are counted now. */
  #keep(samples: Float64Array, value: number): boolean {
    let kept = samples;
    if (this.count === samples.length) {
      if (this.#budget.isSpent) {
        this.#samples = undefined;
        for (const sample of samples) this.#countPart(bitLength(sample), sample);
        this.#budget.take(-samples.length);
        return false;
      }
      this.#budget.take(samples.length);
      kept = new Float64Array(2 * samples.length);
      kept.set(samples);
      this.#samples = kept;
    }
    kept[this.count] = value;
    return true;
  }

  #countPart(length: number, value: number): void {
    let parts = this.#parts[length];
    if (parts === undefined) {
      parts = new Float64Array(PARTS);
      this.#parts[length] = parts;
    }
    const part = partOf(length, value);
    parts[part] = (parts[part] as number) + 1;
  }

  summary(): Summary {
    const { count, sum } = this;
    const [p50 = 0, p90 = 0, p99 = 0] = this.#percentiles([0.5, 0.9, 0.99]);
    const histogram: Bucket[] = [];
    for (const [length, values] of this.#lengths.entries())
      if (values > 0)
        histogram.push({ from: length === 0 ? 0 : 2 ** (length - 1), to: 2 ** length - 1, count: values });
    const min = count === 0 ? 0 : this.#min;
    return { count, sum, min, mean: count === 0 ? 0 : sum / count, p50, p90, p99, max: this.#max, histogram };
  }

  /** For ascending shares. */
  #percentiles(shares: readonly number[]): number[] {
    const ranks = shares.map((share) => Math.max(1, Math.ceil(share * this.count)));
    if (this.count === 0) return ranks.map(() => 0);
    if (this.#samples !== undefined) {
      const sorted = this.#samples.slice(0, this.count).sort();
      return ranks.map((rank) => sorted[rank - 1] as number);
    }
    const found: number[] = [];
    let seen = 0;
    for (let length = 0; length < LENGTHS && found.length < ranks.length; length++)
      for (const [part, values] of (this.#parts[length] ?? []).entries()) {
        seen += values;
        while (found.length < ranks.length && seen >= (ranks[found.length] as number))
          found.push(Math.min(this.#max, Math.max(this.#min, middleOf(length, part))));
      }
    return found;
  }
}

/** Bits below those that tell the part. */
const shiftOf = (length: number): number => 2 ** Math.max(0, length - 1 - PARTS_LOG2);
const partOf = (length: number, value: number): number => {
  const first = length === 0 ? 0 : 2 ** (length - 1);
  return Math.floor((value - first) / shiftOf(length));
};
const middleOf = (length: number, part: number): number => {
  const first = length === 0 ? 0 : 2 ** (length - 1);
  return first + part * shiftOf(length) + Math.floor(shiftOf(length) / 2);
};
