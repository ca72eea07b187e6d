import { assert, must } from '../base/assert.ts';
import { PAGE_BYTES } from '../base/page.ts';
import type { OutsideWriter } from '../core/engine/watchpoints.ts';
import { askForHugePages } from '../host/huge-pages.ts';
import type { BackingMemory, GuestMemory, Segment } from '../hyp/vmm/memory.ts';
import type { DiskPages } from './disks/disk.ts';
import { MemoryHash } from './memory-hash.ts';
import { MemoryImage, type PageContent, type PageState } from './memory-image.ts';
import { PageSet } from './page-set.ts';

/**
 * Pages of which what they held is kept: 8 MiB, twice what most stretches between checkpoints come to. Memory that is filled is more, and
 * differs from what it held: there the copies would save nothing.
 */
const BEFORE_MAX = 1 << 11;

/** A page that was written to, by its number from RAM's base; flash follows RAM (`GuestRam.ipaOf`), and behind it are those of the disks. */
export interface ChangedPage {
  readonly page: number;
  /** SHA-256 of its contents; null where it is all zero. */
  readonly digest: Uint8Array | null;
  /** Its contents, as they are until the guest runs on. */
  readonly bytes: Uint8Array;
  /** What it held when it was last taken, or when it began to be followed, until the guest runs on; null where that was not kept. */
  readonly before: Uint8Array | null;
}

/** Who knows which pages of the host's memory are written to. */
export interface WrittenPages {
  readonly traits: {
    track(): void;
    readonly written: readonly number[];
    /** Told before the first store to a page since `takeWritten`. */
    onFirstStore: ((page: number) => void) | null;
  };
  takeWritten(): readonly number[];
}

/** The pages that were written to since they were last taken. */
export interface Followed {
  /** How many there are; costs little. */
  count(): number;
  /** Which, ascending. */
  take(): ChangedPage[];
}

/** An image, and the pages that may have changed since. */
interface Known {
  last: MemoryImage;
  readonly changed: PageSet;
}

/** Copies of pages, in memory that is used again and again. */
class KeptPages {
  /** Derived from what is written: places of the pages. */
  readonly #places = new Map<number, number>();
  /** Derived likewise. Of it the system gives what is used, in huge pages where it has them. */
  #bytes: Uint8Array | null = null;

  has(page: number): boolean {
    return this.#places.has(page);
  }
  get(page: number): Uint8Array | null {
    const place = this.#places.get(page);
    return place === undefined ? null : this.#at(place);
  }
  /** Where there is room. */
  keep(page: number, bytes: Uint8Array): void {
    const place = this.#places.size;
    if (place === BEFORE_MAX) return;
    this.#places.set(page, place);
    this.#at(place).set(bytes);
  }
  clear(): void {
    this.#places.clear();
  }
  #at(place: number): Uint8Array {
    this.#bytes ??= memoryOfHugePages(BEFORE_MAX * PAGE_BYTES);
    return this.#bytes.subarray(place * PAGE_BYTES, (place + 1) * PAGE_BYTES);
  }
}
function memoryOfHugePages(bytes: number): Uint8Array {
  const memory = new Uint8Array(bytes);
  askForHugePages(memory.buffer);
  return memory;
}

/**
 * The guest's RAM by pages, and behind it its flash: their digests, what has changed of them, and their images, which can be put
 * back. Images and changes are of its disks too.
 */
export class GuestRam {
  readonly #engine: WrittenPages;
  readonly #host: BackingMemory;
  readonly #segments: readonly Segment[];
  /** The host's address of the first page. */
  readonly #base: number;
  readonly #disks: DiskPages;
  /** Derived from what is put. */
  readonly #scratch = new Uint8Array(PAGE_BYTES);
  readonly #hash: MemoryHash;
  /** Derived from what is written, as the hash is: pages written to since each of those who follow was last told. */
  readonly #followers: PageSet[] = [];
  /** Derived likewise: the image taken or put last, and the pages that may have changed since; null before the first. */
  #image: Known | null = null;

  /** @param memory whose segments lie side by side in the host's, RAM first, before anything is written to them */
  constructor(engine: WrittenPages, { host, segments }: GuestMemory, disks: DiskPages) {
    this.#disks = disks;
    this.#engine = engine;
    this.#host = host;
    this.#segments = [...segments];
    this.#base = must(segments[0], 'RAM').pa;
    let end = this.#base;
    for (const { pa, bytes, name } of segments) {
      assert(pa === end, `${name} lies behind what is before it`);
      end += bytes;
    }
    this.#hash = new MemoryHash(host.bytes.subarray(this.#base, end));
    engine.traits.track();
  }

  /** Where the guest has a page. */
  ipaOf(page: number): number {
    const at = this.#base + page * PAGE_BYTES;
    const segment = must(
      this.#segments.find(({ pa, bytes }) => at >= pa && at < pa + bytes),
      'segment of a page',
    );
    return segment.ipa + (at - segment.pa);
  }

  get pages(): number {
    return this.#hash.pages;
  }
  get diskPages(): number {
    return this.#disks.pages;
  }
  /** The tree of digests over it, brought up to date. */
  hash(): MemoryHash {
    const first = this.#base / PAGE_BYTES;
    const written: number[] = [];
    for (const page of this.#engine.takeWritten()) if (page >= first) written.push(page - first);
    this.#hash.update(written);
    const onDisks = this.#disks.takeChanged();
    for (const set of this.#followers) {
      for (const page of written) set.add(page);
      for (const page of onDisks) set.add(this.pages + page);
    }
    return this.#hash;
  }

  /**
   * From now on notes which pages are written to.
   * @param keepBefore of which pages to keep what they held; at most one follower may ask for that
   */
  follow(keepBefore: ((page: number) => boolean) | null = null): Followed {
    const changed = this.#follower();
    const before = new KeptPages();
    if (keepBefore !== null) {
      assert(this.#engine.traits.onFirstStore === null, 'one follower alone asks what pages held');
      const first = this.#base / PAGE_BYTES;
      this.#engine.traits.onFirstStore = (hostPage) => {
        const page = hostPage - first;
        if (page >= 0 && !changed.has(page) && !before.has(page) && keepBefore(page))
          before.keep(page, this.#view(page));
      };
    }
    return {
      count: () => changed.size + this.#writtenBeside(changed) + this.#disks.changedBeside(changed, this.pages),
      take: () => {
        const hash = this.hash();
        const taken: ChangedPage[] = [];
        for (const page of changed.ascending()) {
          if (page < this.pages) {
            taken.push({ page, digest: hash.digest(page), bytes: this.#view(page), before: before.get(page) });
            continue;
          }
          const content = this.#disks.content(page - this.pages);
          if (content !== undefined)
            taken.push({ page, digest: content?.digest ?? null, bytes: content?.bytes() ?? zeros, before: null });
        }
        changed.clear();
        before.clear();
        return taken;
      },
    };
  }
  /** Pages that were written to since the digests were brought up to date, and are not among these. */
  #writtenBeside(pages: PageSet): number {
    const first = this.#base / PAGE_BYTES;
    let count = 0;
    for (const page of this.#engine.traits.written) if (page >= first && !pages.has(page - first)) count++;
    return count;
  }
  #follower(): PageSet {
    this.hash();
    const changed = new PageSet(this.pages);
    this.#followers.push(changed);
    return changed;
  }

  /** The page of a guest-physical address; undefined where there is no memory. */
  pageAt(ipa: number): number | undefined {
    const segment = this.#segments.find((s) => ipa >= s.ipa && ipa < s.ipa + s.bytes);
    return segment && Math.floor((segment.pa + (ipa - segment.ipa) - this.#base) / PAGE_BYTES);
  }
  /** All that is not zero, and what the guest has written to on its disks, ascending, as it is until the guest runs on. */
  *contents(): Generator<Omit<ChangedPage, 'before'>> {
    const hash = this.hash();
    for (let page = 0; page < this.pages; page++)
      if (!hash.isZero(page)) yield { page, digest: hash.digest(page), bytes: this.#view(page) };
    for (const page of this.#disks.written().sort((a, b) => a - b)) {
      const content = this.#disks.content(page) ?? null;
      yield { page: this.pages + page, digest: content?.digest ?? null, bytes: content?.bytes() ?? zeros };
    }
  }

  /** What is in it now. The first costs a copy of all that is not zero, the next ones a copy of what has changed. */
  image(): MemoryImage {
    const hash = this.hash();
    if (this.#image === null) {
      const changed = this.#follower();
      for (let page = 0; page < this.pages; page++) if (!hash.isZero(page)) changed.add(page);
      for (const page of this.#disks.written()) changed.add(this.pages + page);
      this.#image = { last: MemoryImage.zero(this.pages, this.diskPages), changed };
    }
    const image = this.#changedFrom(this.#image, (digest, page) => copyOf(digest, this.#view(page)));
    this.#image.changed.clear();
    this.#image.last = image;
    return image;
  }
  /** The last image with what has changed since. */
  #changedFrom(from: Known, contentOf: (digest: Uint8Array, page: number) => PageContent): MemoryImage {
    const { last, changed } = from;
    const hash = this.hash();
    const contents: [number, PageState | undefined][] = [];
    for (const page of changed) {
      if (page >= this.pages) {
        contents.push([page, this.#disks.content(page - this.pages)]);
        continue;
      }
      const digest = hash.digest(page);
      const before = last.page(page);
      const isSame = digest === null ? before === null : before != null && Buffer.compare(digest, before.digest) === 0;
      if (!isSame) contents.push([page, digest === null ? null : contentOf(digest, page)]);
    }
    return contents.length === 0 ? last : last.with(contents);
  }

  /**
   * Makes it hold what it did; pages that hold that already are not written to.
   * @param by of whom watchpoints are to tell; a restore is told to nobody
   */
  put(image: MemoryImage, by?: OutsideWriter): void {
    if (this.#image === null) this.image();
    const known = must(this.#image, 'an image');
    // For the comparison digests are enough: what is there now is not to be kept.
    const now = this.#changedFrom(known, (digest) => ({ digest, bytes: () => unkept }));
    const all = [...image.differences(now)];
    const different = all.filter(([page]) => page < this.pages);
    const onDisks = all.slice(different.length);
    // Where a content turns out to be lost, what was written before it is as any other store.
    for (const [page, content] of inOrderOfPlaces(different))
      if (content == null) this.#host.zero(this.#base + PAGE_BYTES * page, PAGE_BYTES, by);
      else this.#host.write(this.#base + PAGE_BYTES * page, content.bytes(this.#scratch), by);
    for (const [page, content] of onDisks) this.#disks.restorePage(page - this.pages, content);
    this.#engine.takeWritten();
    this.#hash.set(different.map(([page, content]) => [page, content?.digest ?? null] as const));
    for (const set of this.#followers) for (const [page] of all) set.add(page);
    known.changed.clear();
    known.last = image;
  }

  #view(page: number): Uint8Array {
    const at = this.#base + PAGE_BYTES * page;
    return this.#host.bytes.subarray(at, at + PAGE_BYTES);
  }
}

const zeros = new Uint8Array(PAGE_BYTES);
/** In place of bytes that nobody asks for. */
const unkept = new Uint8Array(0);

type PutPage = readonly [page: number, content: PageState | undefined];
const inOrderOfPlaces = (pages: readonly PutPage[]): readonly PutPage[] =>
  pages.toSorted(([, a], [, b]) => (a?.place ?? -1) - (b?.place ?? -1));

function copyOf(digest: Uint8Array, view: Uint8Array): PageContent {
  const copy = view.slice();
  return { digest, bytes: () => copy };
}
