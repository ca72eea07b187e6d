import { assert } from '../base/assert.ts';

/** Pages of a chunk: what images that differ little share. */
const CHUNK_PAGES = 64;

/** What a page of memory held. Whoever keeps it may have the bytes elsewhere, until somebody asks for them. */
export interface PageContent {
  /** SHA-256. */
  readonly digest: Uint8Array;
  /** Its place where the bytes are kept with others': many are had soonest in the order of their places. */
  readonly place?: number;
  /**
   * 4 KiB, not to be changed. What has to be read for it may be put `into` so many bytes of the caller's.
   * @throws Failure where they cannot be had any more
   */
  bytes(into?: Uint8Array): Uint8Array;
}
/** Null: all zero. */
export type PageState = PageContent | null;
type Chunk = readonly PageState[];

const zero: Chunk = Array.from({ length: CHUNK_PAGES }, () => null);

/** Chunks of pages that the guest has written to; a page of one that it has not is undefined. */
type SparseChunk = readonly (PageState | undefined)[];
const untouched: SparseChunk = Array.from({ length: CHUNK_PAGES }, () => undefined);

/**
 * All of a guest's memory at one moment, by pages and their contents: RAM's, and behind them those of its disks, which may be
 * many and of which few are written to: the others are as the disk's base has them. It never changes; images made of it share what is the same.
 */
export class MemoryImage {
  /** Of RAM. */
  readonly pages: number;
  readonly diskPages: number;
  readonly #chunks: readonly Chunk[];
  readonly #disks: ReadonlyMap<number, SparseChunk>;

  private constructor(
    pages: number,
    diskPages: number,
    chunks: readonly Chunk[],
    disks: ReadonlyMap<number, SparseChunk>,
  ) {
    this.pages = pages;
    this.diskPages = diskPages;
    this.#chunks = chunks;
    this.#disks = disks;
  }
  /** Memory of so many pages that is all zero, and disks that nobody has written to. */
  static zero(pages: number, diskPages = 0): MemoryImage {
    const chunks = Array.from({ length: Math.ceil(pages / CHUNK_PAGES) }, () => zero);
    return new MemoryImage(pages, diskPages, chunks, new Map());
  }

  /** Undefined: a page of a disk that is as its base. */
  page(page: number): PageState | undefined {
    assert(page < this.pages + this.diskPages, 'a page of the image');
    if (page >= this.pages) {
      const [chunk, at] = placeOf(page - this.pages);
      return this.#disks.get(chunk)?.[at];
    }
    const [chunk, at] = placeOf(page);
    return (this.#chunks[chunk] as Chunk)[at] as PageState;
  }

  /** The image with other contents of some pages. */
  with(changes: Iterable<readonly [page: number, content: PageState | undefined]>): MemoryImage {
    const chunks = [...this.#chunks];
    const disks = new Map(this.#disks);
    const own = new Map<number, PageState[]>();
    const ownOfDisks = new Map<number, (PageState | undefined)[]>();
    for (const [page, content] of changes) {
      assert(page < this.pages + this.diskPages, 'a page of the image');
      if (page >= this.pages) {
        const [at, place] = placeOf(page - this.pages);
        let chunk = ownOfDisks.get(at);
        if (chunk === undefined) {
          chunk = [...(disks.get(at) ?? untouched)];
          ownOfDisks.set(at, chunk);
          disks.set(at, chunk);
        }
        chunk[place] = content;
        continue;
      }
      const [at, place] = placeOf(page);
      let chunk = own.get(at);
      if (chunk === undefined) {
        chunk = [...(chunks[at] as Chunk)];
        own.set(at, chunk);
        chunks[at] = chunk;
      }
      chunk[place] = content ?? null;
    }
    return new MemoryImage(this.pages, this.diskPages, chunks, disks);
  }

  /** The pages that are not as in another image of as many, with what they hold here. */
  *differences(other: MemoryImage): Generator<readonly [page: number, content: PageState | undefined]> {
    assert(other.pages === this.pages && other.diskPages === this.diskPages, 'images of one memory');
    for (const [at, chunk] of this.#chunks.entries())
      yield* differencesOf(chunk, other.#chunks[at] as Chunk, at * CHUNK_PAGES);
    const touched = new Set([...this.#disks.keys(), ...other.#disks.keys()]);
    for (const at of [...touched].sort((a, b) => a - b))
      yield* differencesOf(
        this.#disks.get(at) ?? untouched,
        other.#disks.get(at) ?? untouched,
        this.pages + at * CHUNK_PAGES,
      );
  }
}

const placeOf = (page: number): [chunk: number, at: number] => [Math.floor(page / CHUNK_PAGES), page % CHUNK_PAGES];

function* differencesOf(
  chunk: SparseChunk,
  beside: SparseChunk,
  first: number,
): Generator<readonly [page: number, content: PageState | undefined]> {
  if (chunk === beside) return;
  for (const [i, content] of chunk.entries()) if (!isSame(content, beside[i])) yield [first + i, content];
}

const isSame = (a: PageState | undefined, b: PageState | undefined): boolean =>
  a === b || (a != null && b != null && Buffer.compare(a.digest, b.digest) === 0);
