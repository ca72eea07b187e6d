import { assert } from '../base/assert.ts';

/** Bytes of a block: more is not kept at once. */
export const SPOOL_BLOCK_BYTES = 1 << 20;
/** Blocks that stay when all is free. */
const BLOCKS_KEPT = 8;

/**
 * Copies of what comes one after the other and goes all at once, in memory that is used again and again: fresh memory would cost a page fault
 * for each 4 KiB, several times what the copy does.
 */
export class Spool {
  readonly #blocks: Uint8Array[] = [];
  /** The block that is filled, and how far. */
  #block = 0;
  #used = 0;

  /** It holds until `clear`. */
  copy(bytes: Uint8Array): Uint8Array {
    assert(bytes.length <= SPOOL_BLOCK_BYTES, 'no more than a block');
    if (this.#used + bytes.length > SPOOL_BLOCK_BYTES) {
      this.#block++;
      this.#used = 0;
    }
    if (this.#block === this.#blocks.length) this.#blocks.push(new Uint8Array(SPOOL_BLOCK_BYTES));
    const copy = (this.#blocks[this.#block] as Uint8Array).subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }

  /** What was copied is wanted no more. */
  clear(): void {
    this.#blocks.length = Math.min(this.#blocks.length, BLOCKS_KEPT);
    this.#block = 0;
    this.#used = 0;
  }
}
