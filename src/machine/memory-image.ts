import { assert } from '../base/assert.ts';

/** Pages of a chunk: what images that differ little share. */
const CHUNK_PAGES = 64;

/** What a page of memory held. Whoever keeps it may have the bytes elsewhere, until somebody asks for them. */
export interface PageContent {
  /** SHA-256. */
  readonly digest: Uint8Array;
  /** 4 KiB, not to be changed. @throws Failure where they cannot be had any more */
  bytes(): Uint8Array;
}
/** Null: all zero. */
export type PageState = PageContent | null;
type Chunk = readonly PageState[];

const zero: Chunk = Array.from({ length: CHUNK_PAGES }, () => null);

/** All of a guest's memory at one moment, by pages and their contents. It never changes; images made of it share what is the same. */
export class MemoryImage {
  readonly pages: number;
  readonly #chunks: readonly Chunk[];

  private constructor(pages: number, chunks: readonly Chunk[]) {
    this.pages = pages;
    this.#chunks = chunks;
  }
  /** Memory of so many pages that is all zero. */
  static zero(pages: number): MemoryImage {
    return new MemoryImage(
      pages,
      Array.from({ length: Math.ceil(pages / CHUNK_PAGES) }, () => zero),
    );
  }

  page(page: number): PageState {
    assert(page < this.pages, 'a page of the image');
    return (this.#chunks[Math.floor(page / CHUNK_PAGES)] as Chunk)[page % CHUNK_PAGES] as PageState;
  }

  /** The image with other contents of some pages. */
  with(changes: Iterable<readonly [page: number, content: PageState]>): MemoryImage {
    const chunks = [...this.#chunks];
    const own = new Map<number, PageState[]>();
    for (const [page, content] of changes) {
      assert(page < this.pages, 'a page of the image');
      const at = Math.floor(page / CHUNK_PAGES);
      let chunk = own.get(at);
      if (chunk === undefined) {
        chunk = [...(chunks[at] as Chunk)];
        own.set(at, chunk);
        chunks[at] = chunk;
      }
      chunk[page % CHUNK_PAGES] = content;
    }
    return new MemoryImage(this.pages, chunks);
  }

  /** The pages that are not as in another image of as many, with what they hold here. */
  *differences(other: MemoryImage): Generator<readonly [page: number, content: PageState]> {
    assert(other.pages === this.pages, 'images of one memory');
    for (const [at, chunk] of this.#chunks.entries()) {
      const beside = other.#chunks[at] as Chunk;
      if (chunk === beside) continue;
      for (const [i, content] of chunk.entries())
        if (!isSame(content, beside[i] as PageState)) yield [at * CHUNK_PAGES + i, content];
    }
  }
}

const isSame = (a: PageState, b: PageState): boolean =>
  a === b || (a !== null && b !== null && Buffer.compare(a.digest, b.digest) === 0);
