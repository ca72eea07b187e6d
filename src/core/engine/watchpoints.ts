import { fromHalves } from '../../base/bits.ts';
import { hexOf } from '../../base/bytes.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { elementBytes, MemorySize, memoryBytes } from '../ir/ops.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { type PageTraits, Trait } from './page-traits.ts';

/** What DC ZVA zeroes. */
const BLOCK_BYTES = 64n;

/** Bytes of the emulated physical memory, and which accesses to them are told. */
export interface WatchRange {
  readonly pa: number;
  readonly bytes: number;
  readonly kind: 'read' | 'write' | 'access';
}

/** Who writes memory beside the CPU. */
export type OutsideWriter = 'loader' | 'dma' | 'edit';

/**
 * An access to what is watched: one of the adjacent parts of a pair, a structure or several registers, and of one across pages
 * what lies in a page. Of an instruction that is abandoned with an exception, what it had stored by then.
 */
export interface WatchHit {
  /** The count and PC at which the instruction was executed; of a write from outside those of that moment. */
  readonly icount: number;
  readonly pc: bigint;
  readonly el: number;
  readonly pa: number;
  /** Of the access by the CPU. */
  readonly va?: bigint;
  readonly bytes: number;
  readonly write: boolean;
  /** What all these bytes held, the lowest address in the lowest bits; of a read both are the same. */
  readonly before: bigint;
  readonly after: bigint;
  readonly by: 'cpu' | OutsideWriter;
}

/** True to stop the run behind the instruction. */
export type WatchTold = (hit: WatchHit) => boolean;

/** Sets of addresses, as disjoint ranges in ascending order. */
class Ranges {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  constructor(ranges: readonly WatchRange[]) {
    for (const { pa, bytes } of ranges.filter((r) => r.bytes > 0).sort((a, b) => a.pa - b.pa)) {
      const last = this.#ends.length - 1;
      if (last >= 0 && pa <= (this.#ends[last] as number))
        this.#ends[last] = Math.max(this.#ends[last] as number, pa + bytes);
      else {
        this.#starts.push(pa);
        this.#ends.push(pa + bytes);
      }
    }
  }
  overlap(from: number, bytes: number): boolean {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] as number) <= from) low = middle + 1;
      else high = middle;
    }
    return low < this.#ends.length && (this.#starts[low] as number) < from + bytes;
  }
  forEachPage(told: (page: number) => void): void {
    let next = 0;
    for (const [i, start] of this.#starts.entries()) {
      const last = Math.floor(((this.#ends[i] as number) - 1) / PAGE_BYTES);
      for (let page = Math.max(next, Math.floor(start / PAGE_BYTES)); page <= last; page++) told(page);
      next = last + 1;
    }
  }
}
const NOTHING = new Ranges([]);

/** Where an access lies: its linear address, and behind so many bytes that of its second page. */
export interface AccessPlace {
  readonly linear: number;
  readonly inFirst: number;
  readonly linearNext: number;
}

/**
 * Watchpoints of whoever runs the guest, on physical memory: the guest's own (DDI 0487, D2.10) are another thing. Pages with them are in no inline TLB, so that their accesses take the slow
 * path; those that hit are made by themselves (`MemoryAccess.single`) and told when the instruction is through.
 */
export class Watchpoints {
  readonly #cpu: PeState;
  readonly #traits: PageTraits;
  #reads = NOTHING;
  #writes = NOTHING;
  #told: WatchTold = () => false;
  /** Of the instruction at hand. */
  #hits: WatchHit[] = [];

  constructor(cpu: PeState, traits: PageTraits) {
    this.#cpu = cpu;
    this.#traits = traits;
  }

  /** Takes the place of those before. Tells which pages are to leave the inline TLBs: those that were not watched so. */
  set(ranges: readonly WatchRange[], told: WatchTold): { reads: ReadonlySet<number>; writes: ReadonlySet<number> } {
    const reads = new Ranges(ranges.filter(({ kind }) => kind !== 'write'));
    const writes = new Ranges(ranges.filter(({ kind }) => kind !== 'read'));
    const added = {
      reads: this.#mark(Trait.watchRead, this.#reads, reads),
      writes: this.#mark(Trait.watchWrite, this.#writes, writes),
    };
    this.#reads = reads;
    this.#writes = writes;
    this.#told = told;
    return added;
  }
  #mark(trait: number, before: Ranges, now: Ranges): ReadonlySet<number> {
    const traits = this.#traits;
    const old = new Set<number>();
    before.forEachPage((page) => {
      old.add(page);
      traits.remove(page, trait);
    });
    const added = new Set<number>();
    now.forEachPage((page) => {
      traits.add(page, trait);
      if (!old.has(page)) added.add(page);
    });
    return added;
  }

  /** Whether an access to watched pages touches what is watched in them. */
  isHit(write: boolean, { linear, inFirst, linearNext }: AccessPlace, bytes: number): boolean {
    const ranges = write ? this.#writes : this.#reads;
    if (ranges.overlap(linear - cells.HOST_MEMORY, inFirst)) return true;
    return inFirst < bytes && ranges.overlap(linearNext - cells.HOST_MEMORY, bytes - inFirst);
  }

  /** What the access finds in memory: for `note`. */
  contents({ linear, inFirst, linearNext }: AccessPlace, bytes: number): Uint8Array {
    const { u8 } = this.#cpu;
    const found = new Uint8Array(bytes);
    found.set(u8.subarray(linear, linear + inFirst));
    if (inFirst < bytes) found.set(u8.subarray(linearNext, linearNext + bytes - inFirst), inFirst);
    return found;
  }
  /** The access at ARG_ADDRESS, of a MemorySize, was made by the instruction at hand. */
  note(write: boolean, place: AccessPlace, size: number, before: Uint8Array): void {
    const cpu = this.#cpu;
    const { icount, pc, el } = cpu;
    const given = fromHalves(cpu.get32(cells.ARG_ADDRESS), cpu.get32(cells.ARG_ADDRESS + 4));
    const va = size === MemorySize.zero64 ? given & -BLOCK_BYTES : given;
    const ranges = write ? this.#writes : this.#reads;
    const bytes = memoryBytes[size] as number;
    const step = elementBytes[size] as number;
    const after = write ? this.contents(place, bytes) : before;
    for (let from = 0; from < bytes; ) {
      const element = from - (from % step) + step;
      const to = from < place.inFirst ? Math.min(element, place.inFirst) : element;
      const linear = from < place.inFirst ? place.linear + from : place.linearNext + from - place.inFirst;
      const pa = linear - cells.HOST_MEMORY;
      if (ranges.overlap(pa, to - from))
        this.#hits.push({
          ...{ icount, pc, el, pa, bytes: to - from, write, va: BigInt.asUintN(64, va + BigInt(from)), by: 'cpu' },
          ...{ before: littleEndian(before, from, to), after: littleEndian(after, from, to) },
        });
      from = to;
    }
  }

  /** The instruction at hand is through: true where a stop is asked for. */
  tell(): boolean {
    if (this.#hits.length === 0) return false;
    const hits = this.#hits;
    this.#hits = [];
    let stops = false;
    for (const hit of hits) stops = this.#told(hit) || stops;
    return stops;
  }

  /** Memory is written from outside: tells of it where that is watched. */
  change(pa: number, bytes: number, by: OutsideWriter, change: () => void): void {
    const place = { linear: cells.HOST_MEMORY + pa, inFirst: bytes, linearNext: 0 };
    if (bytes === 0 || !this.isHit(true, place, bytes)) {
      change();
      return;
    }
    const before = this.contents(place, bytes);
    change();
    const { icount, pc, el } = this.#cpu;
    const values = {
      before: littleEndian(before, 0, bytes),
      after: littleEndian(this.contents(place, bytes), 0, bytes),
    };
    this.#told({ icount, pc, el, pa, bytes, write: true, by, ...values });
  }
}

/** Bytes from..to as one number. */
function littleEndian(bytes: Uint8Array, from: number, to: number): bigint {
  const hex = hexOf(bytes.slice(from, to).reverse());
  return BigInt(`0x${hex}`);
}
