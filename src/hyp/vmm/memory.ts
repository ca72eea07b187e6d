import { assert } from '../../base/assert.ts';
import { hex, numberOf } from '../../base/bits.ts';
import type { Ipa, Pa } from '../../base/brands.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { OutsideWriter } from '../../core/engine/watchpoints.ts';

/** A range of guest memory and the host memory that backs it. Addresses and sizes are multiples of 4 KiB. */
export interface Segment {
  readonly name: string;
  readonly ipa: number;
  readonly bytes: number;
  readonly pa: Pa;
  /** Memory of a device in the same place: the guest reads and executes it while it is mapped; all other accesses are the device's. */
  readonly rom?: { readonly isMapped: boolean };
}

/** The memory that backs segments: whatever is written goes through it. */
export interface BackingMemory {
  readonly bytes: Uint8Array;
  write(pa: number, bytes: Uint8Array, by?: OutsideWriter): void;
  zero(pa: number, bytes: number, by?: OutsideWriter): void;
}

/** The guest's memory segments, over the memory of the host. */
export class GuestMemory {
  readonly #host: BackingMemory;
  /** Derived from the configuration. */
  readonly #segments: Segment[] = [];

  /** @param host the emulated host's memory, from physical address 0 on. */
  constructor(host: BackingMemory) {
    this.#host = host;
  }

  add(segment: Segment): void {
    const { name, ipa, bytes, pa } = segment;
    assert(
      [ipa, bytes, pa].every((n) => Number.isSafeInteger(n) && n % PAGE_BYTES === 0),
      `segment ${name} is made of pages`,
    );
    assert(bytes > 0 && pa + bytes <= this.#host.bytes.length, `segment ${name} lies in the host's memory`);
    for (const s of this.#segments) {
      assert(ipa + bytes <= s.ipa || s.ipa + s.bytes <= ipa, `segment ${name} at ${hex(ipa)} overlaps ${s.name}`);
      assert(pa + bytes <= s.pa || s.pa + s.bytes <= pa, `segment ${name} shares host memory with ${s.name}`);
    }
    this.#segments.push(segment);
  }

  /** The host's memory, from physical address 0 on. */
  get host(): BackingMemory {
    return this.#host;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Those that are RAM. */
  get ram(): readonly Segment[] {
    return this.#segments.filter(({ rom }) => rom === undefined);
  }

  /** The segment that holds the byte at `ipa`. */
  find(ipa: Ipa | number): Segment | undefined {
    const at = typeof ipa === 'number' ? ipa : numberOf(ipa);
    for (const s of this.#segments) if (at >= s.ipa && at < s.ipa + s.bytes) return s;
    return undefined;
  }

  /** The segment that an access of the guest's at `ipa` is to; undefined where it is to a device, or to nothing. */
  accessed(ipa: number, isStore: boolean): Segment | undefined {
    const segment = this.find(ipa);
    const rom = segment?.rom;
    return rom !== undefined && (isStore || !rom.isMapped) ? undefined : segment;
  }

  /** The host's bytes of a guest range, to read, not a copy; undefined where a part of it is no memory of one segment. */
  view(ipa: Ipa | number, bytes: number): Uint8Array | undefined {
    const pa = this.#place(ipa, bytes);
    return pa === undefined ? undefined : this.#host.bytes.subarray(pa, pa + bytes);
  }

  /**
   * False, and nothing written, where a part of the range is no memory of one segment, or another device's to a device that writes.
   * @param by of whom watchpoints are to tell; a restore is told to nobody
   */
  write(ipa: Ipa | number, bytes: Uint8Array, by?: OutsideWriter): boolean {
    const pa = this.#place(ipa, bytes.length);
    if (pa === undefined || (by === 'dma' && this.find(ipa)?.rom !== undefined)) return false;
    this.#host.write(pa, bytes, by);
    return true;
  }
  /** Likewise. */
  zero(ipa: Ipa | number, bytes: number, by?: OutsideWriter): boolean {
    const pa = this.#place(ipa, bytes);
    if (pa !== undefined) this.#host.zero(pa, bytes, by);
    return pa !== undefined;
  }

  #place(ipa: Ipa | number, bytes: number): number | undefined {
    const at = Number(ipa);
    const s = this.find(at);
    return !s || at + bytes > s.ipa + s.bytes ? undefined : s.pa + (at - s.ipa);
  }
}
