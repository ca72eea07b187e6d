import { assert } from '../../base/assert.ts';
import { hex } from '../../base/bits.ts';
import type { Ipa, Pa } from '../../base/brands.ts';
import { PAGE_BYTES } from '../../base/page.ts';

/** A range of guest memory and the host memory that backs it. Addresses and sizes are multiples of 4 KiB. */
export interface Segment {
  readonly name: string;
  readonly ipa: number;
  readonly bytes: number;
  readonly pa: Pa;
}

/** The guest's memory segments, over the bytes of the host. */
export class GuestMemory {
  readonly #host: Uint8Array;
  readonly #segments: Segment[] = [];

  /** @param host the emulated host's memory, from physical address 0 on. */
  constructor(host: Uint8Array) {
    this.#host = host;
  }

  add(segment: Segment): void {
    const { name, ipa, bytes, pa } = segment;
    assert(
      [ipa, bytes, pa].every((n) => Number.isSafeInteger(n) && n % PAGE_BYTES === 0),
      `segment ${name} is made of pages`,
    );
    assert(bytes > 0 && pa + bytes <= this.#host.length, `segment ${name} lies in the host's memory`);
    for (const s of this.#segments) {
      assert(ipa + bytes <= s.ipa || s.ipa + s.bytes <= ipa, `segment ${name} at ${hex(ipa)} overlaps ${s.name}`);
      assert(pa + bytes <= s.pa || s.pa + s.bytes <= pa, `segment ${name} shares host memory with ${s.name}`);
    }
    this.#segments.push(segment);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The segment that holds the byte at `ipa`. */
  find(ipa: Ipa | number): Segment | undefined {
    const at = Number(ipa);
    for (const s of this.#segments) if (at >= s.ipa && at < s.ipa + s.bytes) return s;
    return undefined;
  }

  /** The host's bytes of a guest range, not a copy; undefined where a part of it is no memory of one segment. */
  map(ipa: Ipa | number, bytes: number): Uint8Array | undefined {
    const at = Number(ipa);
    const s = this.find(at);
    if (!s || at + bytes > s.ipa + s.bytes) return undefined;
    const from = s.pa + (at - s.ipa);
    return this.#host.subarray(from, from + bytes);
  }
}
