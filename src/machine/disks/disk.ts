import { assert, must } from '../../base/assert.ts';
import { count, octets, record } from '../../base/fields.ts';
import { limits } from '../../base/limits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { PlainMap } from '../../base/plain.ts';
import { SECTOR_BYTES } from '../../base/sector.ts';
import type { Stateful } from '../../base/stateful.ts';
import type { Clock } from '../../devices/bus/ports.ts';
import type { BlockStore } from '../../devices/virtio/block.ts';
import { sha256, sha256OfPieces } from '../../host/digests.ts';
import type { PageContent, PageState } from '../memory-image.ts';
import type { PageSet } from '../page-set.ts';
import type { BaseDisk } from './base-disk.ts';
import type { DiskConfig } from './disk-config.ts';
import { isBadSector, slownessNs } from './disk-faults.ts';

const DIGEST_BYTES = 32;
const zeroDigest = new Uint8Array(DIGEST_BYTES);

/** A page that the guest has written to. */
interface Written {
  /** Null: all zero. */
  bytes: Uint8Array | null;
  /** Its content as it was given out: the bytes are not to be changed any more then. Undefined where that was not asked for. */
  content: PageContent | null | undefined;
  /** What the page is in the disk's digest; undefined where it is not in it yet. */
  mark: Uint8Array | undefined;
}

/** How much is written to all disks of a machine. */
export interface OverlayRoom {
  pages: number;
}

const fields = record<{ pages: number; digest: Uint8Array }>({ pages: count, digest: octets(DIGEST_BYTES) });

/**
 * A disk: a base that never changes, and over it the pages that the guest has written to. They are a part of the machine's memory
 * image; the disk's own saved state is their digest, by which state hashes cover them.
 */
export class Disk implements BlockStore, Stateful {
  readonly name: string;
  readonly version = 1;
  readonly bytes: number;
  readonly isReadOnly: boolean;
  readonly #config: DiskConfig;
  readonly #base: BaseDisk;
  readonly #clock: Pick<Clock, 'nanoseconds'>;
  readonly #room: OverlayRoom;
  /** Saved by the machine's memory image. */
  readonly #written = new Map<number, Written>();
  /** Derived: pages that were written to since somebody asked for them. */
  #changed = new Set<number>();
  /** Derived: those that are not in the digest as they are now. */
  readonly #unmarked = new Set<number>();
  /** The marks of all pages, exclusive or: so it does not depend on the order of writes. Saved; `digest` brings it up to date. */
  readonly #digest = new Uint8Array(DIGEST_BYTES);

  constructor(
    name: string,
    config: DiskConfig,
    base: BaseDisk,
    ports: { readonly clock: Pick<Clock, 'nanoseconds'>; readonly room: OverlayRoom },
  ) {
    assert(base.bytes === config.bytes, 'a disk as large as its base');
    this.name = name;
    this.bytes = config.bytes;
    this.isReadOnly = config.readOnly;
    this.#config = config;
    this.#base = base;
    this.#clock = ports.clock;
    this.#room = ports.room;
  }

  get pages(): number {
    return Math.ceil(this.bytes / PAGE_BYTES);
  }

  // --- the device's side -----------------------------------------------------------------------------------------------
  delayNs(at: number): number {
    const { fault } = this.#config;
    return fault ? slownessNs(fault, at / SECTOR_BYTES, this.#clock.nanoseconds()) : 0;
  }

  read(at: number, bytes: number): Uint8Array | undefined {
    if (this.#isBad(at, bytes)) return undefined;
    const out = new Uint8Array(bytes);
    for (const { page, from, to, done } of partsOf(at, bytes)) {
      const held = this.#held(page);
      if (held !== null) out.set(held.subarray(from, to), done);
    }
    return out;
  }

  write(at: number, bytes: Uint8Array): boolean {
    if (this.#isBad(at, bytes.length)) return false;
    return this.#change(at, bytes.length, (own, from, to, done) =>
      own.set(bytes.subarray(done, done + to - from), from),
    );
  }

  zero(at: number, bytes: number): boolean {
    if (this.#isBad(at, bytes)) return false;
    return this.#change(at, bytes, (own, from, to) => own.fill(0, from, to));
  }

  /** Lets go of what is written there as a whole page; the rest stays, which a device may do (virtio 1.2, 5.2.6). */
  discard(at: number, bytes: number): boolean {
    for (const { page, from, to } of partsOf(at, bytes)) {
      if (from > 0 || to < PAGE_BYTES || !this.#written.has(page)) continue;
      this.#put(page, { bytes: null, content: null });
    }
    return true;
  }

  /** What a page holds now; null: zeros. @throws Failure */
  page(page: number): Uint8Array | null {
    return this.#held(page);
  }
  #held(page: number): Uint8Array | null {
    const own = this.#written.get(page);
    return own === undefined ? this.#base.page(page) : own.bytes;
  }

  #isBad(at: number, bytes: number): boolean {
    const { fault } = this.#config;
    if (!fault) return false;
    for (let sector = at / SECTOR_BYTES; sector < (at + bytes) / SECTOR_BYTES; sector++)
      if (isBadSector(fault, sector)) return true;
    return false;
  }

  #change(
    at: number,
    bytes: number,
    change: (own: Uint8Array, from: number, to: number, done: number) => void,
  ): boolean {
    const parts = [...partsOf(at, bytes)];
    const fresh = parts.reduce((sum, { page }) => sum + (this.#written.has(page) ? 0 : 1), 0);
    // A write beyond is an error of the disk.
    if (this.#room.pages + fresh > limits.overlayPagesMax) return false;
    for (const { page, from, to, done } of parts) {
      const isWhole = from === 0 && (to === PAGE_BYTES || page * PAGE_BYTES + to === this.bytes);
      const own = this.#own(page, isWhole);
      change(own, from, to, done);
      this.#put(page, { bytes: own, content: undefined });
    }
    return true;
  }
  /** The page's bytes, to be changed: nobody else has them. */
  #own(page: number, isWhole: boolean): Uint8Array {
    const written = this.#written.get(page);
    if (written?.bytes && written.content === undefined) return written.bytes;
    const own = new Uint8Array(PAGE_BYTES);
    const held = isWhole ? null : this.#held(page);
    if (held !== null) own.set(held);
    return own;
  }
  #put(page: number, { bytes, content }: Omit<Written, 'mark'>): void {
    const written = this.#written.get(page);
    if (written === undefined) this.#room.pages++;
    this.#written.set(page, { bytes, content, mark: written?.mark });
    this.#changed.add(page);
    this.#unmarked.add(page);
  }

  // --- the memory image's side -------------------------------------------------------------------------------------------
  /** Pages that were written to since this was asked last. */
  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }
  /** All of them. */
  writtenPages(): Iterable<number> {
    return this.#written.keys();
  }
  /** What `takeChanged` would tell. */
  get changedPages(): ReadonlySet<number> {
    return this.#changed;
  }
  /** What the guest has made of a page; undefined: it is as the base has it. */
  content(page: number): PageState | undefined {
    const written = this.#written.get(page);
    if (written === undefined) return undefined;
    if (written.content !== undefined) return written.content;
    const { bytes } = written;
    if (bytes === null || bytes.every((byte) => byte === 0)) {
      written.bytes = null;
      written.content = null;
    } else written.content = { digest: sha256(bytes), bytes: () => bytes };
    return written.content;
  }
  /** Makes a page hold that; undefined: what its base has. It is no change that `takeChanged` tells. */
  restorePage(page: number, content: PageState | undefined): void {
    const written = this.#written.get(page);
    if (content === undefined) {
      if (written?.mark) this.#toggle(written.mark);
      if (this.#written.delete(page)) this.#room.pages--;
      this.#unmarked.delete(page);
      return;
    }
    if (written === undefined) this.#room.pages++;
    this.#written.set(page, { bytes: content?.bytes() ?? null, content, mark: written?.mark });
    this.#unmarked.add(page);
  }

  // --- state -------------------------------------------------------------------------------------------------------------
  #toggle(mark: Uint8Array): void {
    for (let i = 0; i < DIGEST_BYTES; i++) this.#digest[i] = (this.#digest[i] as number) ^ (mark[i] as number);
  }
  #settle(): void {
    for (const page of this.#unmarked) {
      const content = this.content(page);
      const written = this.#written.get(page);
      if (content === undefined || written === undefined) continue;
      if (written.mark) this.#toggle(written.mark);
      written.mark = sha256OfPieces([`${page}\n`, content?.digest ?? zeroDigest]);
      this.#toggle(written.mark);
    }
    this.#unmarked.clear();
  }
  save(): PlainMap {
    this.#settle();
    return { pages: this.#written.size, digest: this.#digest.slice() };
  }
  /** What it holds was put back with the machine's memory; that it is this is seen when it saves again. */
  restore(saved: PlainMap): void {
    fields.read(saved, '');
  }
}

interface Part {
  readonly page: number;
  /** Within the page. */
  readonly from: number;
  readonly to: number;
  /** Bytes of the range before it. */
  readonly done: number;
}
/** The parts of a range in each of its pages. */
function* partsOf(at: number, bytes: number): Generator<Part> {
  for (let done = 0; done < bytes; ) {
    const from = (at + done) % PAGE_BYTES;
    const to = Math.min(PAGE_BYTES, from + bytes - done);
    yield { page: Math.floor((at + done) / PAGE_BYTES), from, to, done };
    done += to - from;
  }
}

/** The pages of a machine's disks as one range, each disk's behind those of the one before. */
export class DiskPages {
  readonly pages: number;
  readonly #disks: readonly { readonly first: number; readonly disk: Disk }[];

  constructor(disks: readonly Disk[]) {
    let first = 0;
    this.#disks = disks.map((disk) => {
      const placed = { first, disk };
      first += disk.pages;
      return placed;
    });
    this.pages = first;
  }

  /** Pages that `takeChanged` would tell and that a set has not, by numbers from `base` on. */
  changedBeside(set: Pick<PageSet, 'has'>, base: number): number {
    let count = 0;
    for (const { first, disk } of this.#disks)
      for (const page of disk.changedPages) if (!set.has(base + first + page)) count++;
    return count;
  }
  takeChanged(): number[] {
    return this.#disks.flatMap(({ first, disk }) => [...disk.takeChanged()].map((page) => first + page));
  }
  /** All that the guest has written to. */
  written(): number[] {
    return this.#disks.flatMap(({ first, disk }) => [...disk.writtenPages()].map((page) => first + page));
  }
  content(page: number): PageState | undefined {
    const { first, disk } = this.#of(page);
    return disk.content(page - first);
  }
  restorePage(page: number, content: PageState | undefined): void {
    const { first, disk } = this.#of(page);
    disk.restorePage(page - first, content);
  }
  #of(page: number): { readonly first: number; readonly disk: Disk } {
    return must(
      this.#disks.findLast(({ first }) => first <= page),
      'the disk of a page',
    );
  }
}

/** The disks of a machine. @param bases what they begin with, in their order */
export function disksOf(
  configs: readonly DiskConfig[],
  bases: readonly BaseDisk[],
  clock: Pick<Clock, 'nanoseconds'>,
): Disk[] {
  const room: OverlayRoom = { pages: 0 };
  return configs.map(
    (config, n) => new Disk(`disk-${n}`, config, must(bases[n], `what disk ${n} holds`), { clock, room }),
  );
}
