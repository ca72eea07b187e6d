import { assert } from '../base/assert.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { sha256 } from '../host/digests.ts';

const DIGEST_BYTES = 32;
/** Children of a node: so many digests are half a page. */
const FAN_OUT = 64;

/** The byte that all of them are; -1 where they differ. */
const onlyByte = (words: Uint32Array): number => {
  const first = words[0] as number;
  for (let i = 1; i < words.length; i++) if (words[i] !== first) return -1;
  const byte = first & 0xff;
  return Math.imul(byte, 0x0101_0101) >>> 0 === first ? byte : -1;
};
const isZero = (words: Uint32Array): boolean => words[0] === 0 && onlyByte(words) === 0;

/**
 * A Merkle tree of SHA-256 digests over memory, kept up to date page by page. A leaf is a page's digest; a node is that of its
 * 64 children's digests one after the other, those beyond the end being zero. What is all zero, page or node, has a digest
 * of zeros instead: so memory that nobody touched costs nothing, and whether it was touched does not show.
 */
export class MemoryHash {
  readonly #memory: Uint8Array;
  /** Digests, the leaves' first, the root's alone last. */
  readonly #levels: readonly Uint8Array[];
  /** Of pages that are one byte over and over, by that byte: guests fill memory, and comparing takes a seventh of hashing. */
  readonly #filled: (Uint8Array | undefined)[] = [];

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
  update(pages: readonly number[]): void {
    for (const page of pages) this.#digestPage(page);
    this.#updateNodes(pages);
  }
  /** Pages were written to whose digests are known; null: all zero. */
  set(digests: readonly (readonly [page: number, digest: Uint8Array | null])[]): void {
    for (const [page, digest] of digests) {
      if (digest === null) this.#leaf(page).fill(0);
      else this.#leaf(page).set(digest);
    }
    this.#updateNodes(digests.map(([page]) => page));
  }
  #updateNodes(pages: readonly number[]): void {
    let changed: Iterable<number> = pages;
    for (let level = 1; level < this.#levels.length; level++) {
      const parents = new Set<number>();
      for (const child of changed) parents.add(Math.floor(child / FAN_OUT));
      for (const node of parents) this.#digestNode(level, node, this.#levels[level - 1] as Uint8Array);
      changed = parents;
    }
  }

  #digestPage(page: number): void {
    const at = PAGE_BYTES * page;
    const bytes = this.#memory.subarray(at, at + PAGE_BYTES);
    const byte = onlyByte(wordsOf(this.#memory, at, PAGE_BYTES));
    if (byte === 0) this.#leaf(page).fill(0);
    else if (byte > 0) this.#leaf(page).set((this.#filled[byte] ??= sha256(bytes)));
    else this.#leaf(page).set(sha256(bytes));
  }
  #digestNode(level: number, node: number, of: Uint8Array): void {
    const digests = this.#levels[level] as Uint8Array;
    const bytes = FAN_OUT * DIGEST_BYTES;
    const at = bytes * node;
    if (isZero(wordsOf(of, at, bytes))) digests.fill(0, DIGEST_BYTES * node, DIGEST_BYTES * (node + 1));
    else digests.set(sha256(of.subarray(at, at + bytes)), DIGEST_BYTES * node);
  }
}

const wordsOf = (of: Uint8Array, at: number, bytes: number): Uint32Array =>
  new Uint32Array(of.buffer, of.byteOffset + at, bytes / 4);
