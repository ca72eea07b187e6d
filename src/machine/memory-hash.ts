import { assert } from '../base/assert.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { sha256 } from '../host/digests.ts';

const DIGEST_BYTES = 32;
/** Children of a node: so many digests are half a page. */
const FAN_OUT = 64;

const isZero = (words: Uint32Array): boolean => {
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
};

/**
 * A Merkle tree of SHA-256 digests over memory, kept up to date page by page. A leaf is a page's digest; a node is that of its
 * 64 children's digests one after the other, those beyond the end being zero. What is all zero, page or node, has a digest
 * of zeros instead: so memory that nobody touched costs nothing, and whether it was touched does not show.
 */
export class MemoryHash {
  readonly #memory: Uint8Array;
  /** Digests, the leaves' first, the root's alone last. */
  readonly #levels: readonly Uint8Array[];

  /** @param memory all of it, zero so far; whole pages */
  constructor(memory: Uint8Array) {
    assert(memory.length > 0 && memory.length % PAGE_BYTES === 0, 'memory is made of pages');
    this.#memory = memory;
    const levels: Uint8Array[] = [];
    let nodes = memory.length / PAGE_BYTES;
    while (nodes > 1) {
      const parents = Math.ceil(nodes / FAN_OUT);
      levels.push(new Uint8Array(parents * FAN_OUT * DIGEST_BYTES));
      nodes = parents;
    }
    levels.push(new Uint8Array(DIGEST_BYTES));
    this.#levels = levels;
  }

  get pages(): number {
    return this.#memory.length / PAGE_BYTES;
  }
  get root(): Uint8Array {
    return this.#levels.at(-1) as Uint8Array;
  }
  isZero(page: number): boolean {
    return isZero(wordsOf(this.#levels[0] as Uint8Array, DIGEST_BYTES * page, DIGEST_BYTES));
  }

  /** A copy of the page's digest; null where the page is all zero. */
  digest(page: number): Uint8Array | null {
    return this.isZero(page) ? null : this.#leaf(page).slice();
  }
  #leaf(page: number): Uint8Array {
    return (this.#levels[0] as Uint8Array).subarray(DIGEST_BYTES * page, DIGEST_BYTES * (page + 1));
  }

  /** Some pages, by their numbers from the memory's start, may have changed. */
  update(pages: Iterable<number>): void {
    const changed = new Set<number>(pages);
    for (const page of changed) this.#digest(0, page, this.#memory, PAGE_BYTES * page, PAGE_BYTES);
    this.#updateNodes(changed);
  }
  /** Pages were written to whose digests are known; null: all zero. */
  set(digests: readonly (readonly [page: number, digest: Uint8Array | null])[]): void {
    for (const [page, digest] of digests) {
      if (digest === null) this.#leaf(page).fill(0);
      else this.#leaf(page).set(digest);
    }
    this.#updateNodes(new Set(digests.map(([page]) => page)));
  }
  #updateNodes(pages: Set<number>): void {
    let changed = pages;
    for (let level = 1; level < this.#levels.length; level++) {
      const parents = new Set<number>();
      for (const child of changed) parents.add(Math.floor(child / FAN_OUT));
      const bytes = FAN_OUT * DIGEST_BYTES;
      for (const node of parents) this.#digest(level, node, this.#levels[level - 1] as Uint8Array, bytes * node, bytes);
      changed = parents;
    }
  }

  #digest(level: number, index: number, of: Uint8Array, at: number, bytes: number): void {
    const digests = this.#levels[level] as Uint8Array;
    if (isZero(wordsOf(of, at, bytes))) digests.fill(0, DIGEST_BYTES * index, DIGEST_BYTES * (index + 1));
    else digests.set(sha256(of.subarray(at, at + bytes)), DIGEST_BYTES * index);
  }
}

const wordsOf = (of: Uint8Array, at: number, bytes: number): Uint32Array =>
  new Uint32Array(of.buffer, of.byteOffset + at, bytes / 4);
