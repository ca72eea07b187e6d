const FIRST_SLOTS = 1 << 10;
const EMPTY = 0;
const PAGE_BITS = 12;
const SIZE_SHIFT = 24;

/** Counts, for blocks of 2^bits bytes beyond 4 KiB, the TLB's entries in each: exactly, so that a TLBI finds them all and looks no further. */
export class BlockCounts {
  /** Open addressing with linear probing: VA[31:bits], and VA[55:32] with the size above it; count 0 where empty. */
  #lo = new Int32Array(FIRST_SLOTS);
  #hi = new Int32Array(FIRST_SLOTS);
  #count = new Int32Array(FIRST_SLOTS);
  #blocks = 0;
  /** Entries by size. */
  readonly #ofSize = new Int32Array(32);
  /** Bit n: there are entries in blocks of 2^n bytes. */
  sizes = 0;

  /** `hi` is VA[55:32]. */
  of(lo: number, hi: number, bits: number): number {
    return this.#count[this.#slot(lo & (-1 << bits), keyHi(hi, bits))] as number;
  }

  add(lo: number, hi: number, bits: number): void {
    if (2 * this.#blocks >= this.#lo.length) this.#grow();
    const keyLo = lo & (-1 << bits);
    const slot = this.#slot(keyLo, keyHi(hi, bits));
    const count = this.#count[slot] as number;
    this.#count[slot] = count + 1;
    if (count === EMPTY) {
      this.#lo[slot] = keyLo;
      this.#hi[slot] = keyHi(hi, bits);
      this.#blocks++;
    }
    this.#ofSize[bits] = (this.#ofSize[bits] as number) + 1;
    this.sizes |= 1 << bits;
  }

  remove(lo: number, hi: number, bits: number): void {
    const ofSize = (this.#ofSize[bits] as number) - 1;
    this.#ofSize[bits] = ofSize;
    if (ofSize === 0) this.sizes &= ~(1 << bits);
    const slot = this.#slot(lo & (-1 << bits), keyHi(hi, bits));
    const count = (this.#count[slot] as number) - 1;
    this.#count[slot] = count;
    if (count === EMPTY) this.#vacate(slot);
  }

  clear(): void {
    this.#count.fill(EMPTY);
    this.#blocks = 0;
    this.#ofSize.fill(0);
    this.sizes = 0;
  }

  /** Where the block is, or would be. */
  #slot(lo: number, hi: number): number {
    const mask = this.#lo.length - 1;
    let slot = hashOf(lo, hi) & mask;
    while (this.#count[slot] !== EMPTY && (this.#lo[slot] !== lo || this.#hi[slot] !== hi)) slot = (slot + 1) & mask;
    return slot;
  }
  /** Moves back what was put behind the slot because it was taken. */
  #vacate(hole: number): void {
    const mask = this.#lo.length - 1;
    this.#blocks--;
    for (let slot = (hole + 1) & mask; this.#count[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const home = hashOf(this.#lo[slot] as number, this.#hi[slot] as number) & mask;
      // Its home lies behind the hole: it is reached without it.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#move(slot, hole);
      this.#count[slot] = EMPTY;
      hole = slot;
    }
  }
  #move(from: number, to: number): void {
    this.#lo[to] = this.#lo[from] as number;
    this.#hi[to] = this.#hi[from] as number;
    this.#count[to] = this.#count[from] as number;
  }
  #grow(): void {
    const [lo, hi, count] = [this.#lo, this.#hi, this.#count];
    this.#lo = new Int32Array(2 * lo.length);
    this.#hi = new Int32Array(2 * lo.length);
    this.#count = new Int32Array(2 * lo.length);
    for (let from = 0; from < lo.length; from++) {
      if (count[from] === EMPTY) continue;
      const to = this.#slot(lo[from] as number, hi[from] as number);
      this.#lo[to] = lo[from] as number;
      this.#hi[to] = hi[from] as number;
      this.#count[to] = count[from] as number;
    }
  }
}

const keyHi = (hi: number, bits: number): number => hi | ((bits - PAGE_BITS) << SIZE_SHIFT);
const hashOf = (lo: number, hi: number): number => {
  const mixed = Math.imul(lo ^ (lo >>> 15), 0x85ebca6b) ^ Math.imul(hi, 0x9e3779b1);
  return mixed ^ (mixed >>> 13);
};
