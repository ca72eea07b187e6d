import { assert } from '../../base/assert.ts';

/** Bytes of a SHA-256. */
export const DIGEST_BYTES = 32;
const DIGEST_WORDS = DIGEST_BYTES / 4;
const FIRST_DIGESTS = 1 << 10;
/** In place of the number of a digest. */
const FREE = -1;

/** Digests numbered from 0 in the order in which they are added: 40 bytes each, where a map of texts takes some two hundred. */
export class DigestNumbers {
  /** By their numbers. */
  #words = new Int32Array(FIRST_DIGESTS * DIGEST_WORDS);
  /** A hash table of numbers, at most half full: a digest stands at its first word's place, or behind. */
  #slots = new Int32Array(2 * FIRST_DIGESTS).fill(FREE);
  readonly #wanted = new Int32Array(DIGEST_WORDS);
  readonly #wantedBytes = new Uint8Array(this.#wanted.buffer);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Its number, which was `size` where it is new. */
  add(digest: Uint8Array): number {
    const slot = this.#slotOf(digest);
    const known = this.#slots[slot] as number;
    if (known !== FREE) return known;
    const number = this.#size++;
    this.#words.set(this.#wanted, number * DIGEST_WORDS);
    this.#slots[slot] = number;
    if (2 * this.#size === this.#slots.length) this.#grow();
    return number;
  }

  /** Where it stands, or is to stand; it is in `#wanted` then. */
  #slotOf(digest: Uint8Array): number {
    assert(digest.length === DIGEST_BYTES, 'a digest is a SHA-256');
    this.#wantedBytes.set(digest);
    let slot = this.#placeOf(this.#wanted[0] as number);
    for (;;) {
      const number = this.#slots[slot] as number;
      if (number === FREE || this.#isWanted(number)) return slot;
      slot = this.#placeOf(slot + 1);
    }
  }
  #isWanted(number: number): boolean {
    for (let word = 0; word < DIGEST_WORDS; word++)
      if (this.#words[number * DIGEST_WORDS + word] !== this.#wanted[word]) return false;
    return true;
  }
  #placeOf(hash: number): number {
    return hash & (this.#slots.length - 1);
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    this.#slots = new Int32Array(2 * this.#slots.length).fill(FREE);
    for (let number = 0; number < this.#size; number++) {
      let slot = this.#placeOf(words[number * DIGEST_WORDS] as number);
      while (this.#slots[slot] !== FREE) slot = this.#placeOf(slot + 1);
      this.#slots[slot] = number;
    }
  }
}
