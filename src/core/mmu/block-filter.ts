import { VA_HIGH_MASK } from './tlb.ts';

const SETS = 2048;
const WAYS = 2;
const NONE = -1;

/**
 * Remembers which mappings larger than 4 KiB have pages in the TLBs, since a TLBI of any address in a mapping must drop
 * all its pages. Exact: a mapping is forgotten only with its pages.
 */
export class BlockFilter {
  readonly #lo = new Int32Array(SETS * WAYS);
  readonly #hi = new Int32Array(SETS * WAYS).fill(NONE);
  readonly #bits = new Uint8Array(SETS * WAYS);
  /** Instructions were fetched from the mapping. */
  readonly #code = new Uint8Array(SETS * WAYS);
  readonly #victim = new Uint8Array(SETS);
  /** Bit n: there were mappings of 2^n bytes. */
  #sizes = 0;
  readonly #drop: (vaLo: number, vaHi: number, bits: number, code: boolean) => void;

  /** `drop` drops all pages in the aligned 2^bits bytes around a VA from the TLBs, and translated code if there is. */
  constructor(drop: (vaLo: number, vaHi: number, bits: number, code: boolean) => void) {
    this.#drop = drop;
  }

  /** A page of a mapping of 2^bits bytes is about to enter the TLBs, or code in it to run. */
  note(vaLo: number, vaHi: number, bits: number, code: boolean): void {
    const lo = vaLo & (-1 << bits);
    const hi = vaHi & VA_HIGH_MASK;
    let at = this.#find(lo, hi, bits);
    if (at < 0) {
      const set = setOf(lo, hi, bits);
      const way = this.#victim[set] as number;
      this.#victim[set] = way ^ 1;
      at = set * WAYS + way;
      this.#forget(at);
      this.#lo[at] = lo;
      this.#hi[at] = hi;
      this.#bits[at] = bits;
      this.#sizes |= 1 << bits;
    }
    if (code) this.#code[at] = 1;
  }

  /** A TLBI for a VA: drops the mappings around it. */
  invalidate(vaLo: number, vaHi: number): void {
    const hi = vaHi & VA_HIGH_MASK;
    for (let sizes = this.#sizes; sizes !== 0; sizes &= sizes - 1) {
      const bits = 31 - Math.clz32(sizes & -sizes);
      const at = this.#find(vaLo & (-1 << bits), hi, bits);
      if (at >= 0) this.#forget(at);
    }
  }

  /** The TLBs were emptied. */
  clear(): void {
    this.#hi.fill(NONE);
    this.#code.fill(0);
    this.#sizes = 0;
  }

  #find(lo: number, hi: number, bits: number): number {
    const first = setOf(lo, hi, bits) * WAYS;
    for (let at = first; at < first + WAYS; at++) {
      if (this.#lo[at] === lo && this.#hi[at] === hi && this.#bits[at] === bits) return at;
    }
    return -1;
  }

  #forget(at: number): void {
    const hi = this.#hi[at] as number;
    if (hi === NONE) return;
    this.#hi[at] = NONE;
    const code = this.#code[at] !== 0;
    this.#code[at] = 0;
    this.#drop(this.#lo[at] as number, hi, this.#bits[at] as number, code);
  }
}

const setOf = (lo: number, hi: number, bits: number): number => {
  const block = (lo >>> bits) | (hi << (32 - bits));
  return (block ^ (block >>> 11) ^ (hi >>> 4)) & (SETS - 1);
};
