import { assert } from '../../base/assert.ts';
import { alignDown, alignUp } from '../../base/bits.ts';
import { type Ipa, ipa as toIpa } from '../../base/brands.ts';
import { Failure } from '../../base/failure.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { Segment } from '../vmm/memory.ts';
import type { HostMemory } from './host-cpu.ts';

/** Bits of an intermediate physical address. */
export const IPA_BITS = 40;
export const IPA_END = 2 ** IPA_BITS;

const BLOCK = 2097152;
/** 4 KiB, or blocks of 2 MiB where a segment's place allows them. */
export type Stage2PageBytes = typeof PAGE_BYTES | typeof BLOCK;

const TABLE_BYTES = PAGE_BYTES;
const ENTRIES = TABLE_BYTES / 8;
/** Level 1 entries cover 1 GiB; two concatenated tables cover 40 bits. */
const ROOT_BYTES = 2 * TABLE_BYTES;
const LEVEL1_SHIFT = 2 ** 30;

/** Descriptor bits (D8.3.2): valid, table or page; AF, inner shareable, read and write, normal write-back memory. */
const VALID = 1;
const TABLE_OR_PAGE = 2;
const ATTRIBUTES = (1 << 10) | (3 << 8) | (3 << 6) | (0xf << 2);
/** The same of Device memory (MemAttr 1: nGnRE); XN, in the descriptor's high word. */
const DEVICE_ATTRIBUTES = (1 << 10) | (3 << 6) | (1 << 2);
const HIGH_XN = 1 << 22;

/**
 * Host bytes that tables for so much guest memory can take: level 3 for every 2 MiB, level 2 for every GiB touched, the root;
 * and for so many devices, each within 2 MiB.
 */
export const stage2TableBytes = (ramBytes: number, devices = 0): number =>
  ROOT_BYTES +
  (alignUp(ramBytes, BLOCK) / BLOCK + 1 + devices) * TABLE_BYTES +
  (Math.ceil(ramBytes / LEVEL1_SHIFT) + 1 + devices) * TABLE_BYTES;

/**
 * The VM's stage 2 translation tables, in the host's memory: VMSAv8-64 with 4 KiB pages, and the long-descriptor format of
 * ARMv7, which are the same here. VTCR says: 40 bits, walks from level 1 with two concatenated tables.
 */
export class Stage2 {
  readonly #words: Uint32Array;
  readonly #end: number;
  readonly #pageBytes: Stage2PageBytes;
  /** The next free byte of the tables' region. */
  #next: number;
  readonly root: number;

  /** @param region host memory for tables: `stage2TableBytes`, 8 KiB aligned. */
  constructor(host: HostMemory, region: { readonly base: number; readonly bytes: number }, pageBytes: Stage2PageBytes) {
    assert(region.base % ROOT_BYTES === 0, 'concatenated tables are aligned to their size');
    assert(region.base + region.bytes <= host.bytes.length, 'the tables lie in the host memory');
    this.#words = host.words;
    this.#end = region.base + region.bytes;
    this.#pageBytes = pageBytes;
    this.#next = region.base;
    this.root = this.#allocate(ROOT_BYTES);
  }

  get vttbr(): bigint {
    return BigInt(this.root);
  }

  /** Where the allocator stands, for checkpoints: the tables themselves are host memory. */
  get next(): number {
    return this.#next;
  }
  set next(value: number) {
    this.#next = value;
  }

  /**
   * Maps the page around `ipa`: 4 KiB, or 2 MiB where the configuration says so and the segment's place allows it.
   * From invalid to valid no TLB invalidation is needed (D8.14.1).
   */
  map(segment: Segment, ipa: Ipa): { readonly ipa: Ipa; readonly bytes: number } {
    const at = Number(ipa);
    assert(at >= segment.ipa && at < segment.ipa + segment.bytes, 'the address lies in the segment');
    const level2 = this.#table(this.root, Math.floor(at / LEVEL1_SHIFT));
    const index2 = Math.floor(at / BLOCK) % ENTRIES;
    if (this.#pageBytes === BLOCK && this.#low(level2, index2) === 0) {
      const from = alignDown(at, BLOCK);
      const pa = segment.pa + (from - segment.ipa);
      if (pa % BLOCK === 0 && from >= segment.ipa && from + BLOCK <= segment.ipa + segment.bytes) {
        this.#write(level2, index2, pa, ATTRIBUTES | VALID);
        return { ipa: toIpa(BigInt(from)), bytes: BLOCK };
      }
    }
    const level3 = this.#table(level2, index2);
    const from = alignDown(at, PAGE_BYTES);
    this.#write(
      level3,
      Math.floor(at / PAGE_BYTES) % ENTRIES,
      segment.pa + (from - segment.ipa),
      ATTRIBUTES | TABLE_OR_PAGE | VALID,
    );
    return { ipa: toIpa(BigInt(from)), bytes: PAGE_BYTES };
  }

  /** Maps a device of the host, which the guest accesses without an exit. Addresses and size are multiples of 4 KiB. */
  mapDevice(ipa: number, pa: number, bytes: number): void {
    assert(
      [ipa, pa, bytes].every((n) => n % PAGE_BYTES === 0),
      'a device that is mapped is made of pages',
    );
    for (let at = 0; at < bytes; at += PAGE_BYTES) {
      const level2 = this.#table(this.root, Math.floor((ipa + at) / LEVEL1_SHIFT));
      const level3 = this.#table(level2, Math.floor((ipa + at) / BLOCK) % ENTRIES);
      const index = Math.floor((ipa + at) / PAGE_BYTES) % ENTRIES;
      this.#write(level3, index, pa + at, DEVICE_ATTRIBUTES | TABLE_OR_PAGE | VALID, HIGH_XN);
    }
  }

  /** The next level's table behind an entry, made where there is none. */
  #table(table: number, index: number): number {
    const low = this.#low(table, index);
    if (low !== 0) {
      assert((low & 3) === (VALID | TABLE_OR_PAGE), 'no block stands where a table is needed');
      return (this.#words[((table + 8 * index) >>> 2) + 1] as number) * 2 ** 32 + ((low & ~0xfff) >>> 0);
    }
    const made = this.#allocate(TABLE_BYTES);
    this.#write(table, index, made, TABLE_OR_PAGE | VALID);
    return made;
  }

  #low(table: number, index: number): number {
    return this.#words[(table + 8 * index) >>> 2] as number;
  }

  #write(table: number, index: number, pa: number, bits: number, highBits = 0): void {
    const word = (table + 8 * index) >>> 2;
    this.#words[word + 1] = Math.floor(pa / 2 ** 32) | highBits;
    this.#words[word] = ((pa % 2 ** 32) | bits) >>> 0;
  }

  #allocate(bytes: number): number {
    const at = this.#next;
    if (at + bytes > this.#end)
      throw new Failure(
        'the host memory set aside for stage 2 tables is used up; give the machine fewer memory segments',
      );
    this.#words.fill(0, at >>> 2, (at + bytes) >>> 2);
    this.#next = at + bytes;
    return at;
  }
}
