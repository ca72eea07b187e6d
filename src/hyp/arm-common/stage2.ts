import { assert, must } from '../../base/assert.ts';
import { alignDown, alignUp } from '../../base/bits.ts';
import { type Ipa, ipa as toIpa } from '../../base/brands.ts';
import { Failure } from '../../base/failure.ts';
import { BadField, integer, list, record } from '../../base/fields.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import type { Segment } from '../vmm/memory.ts';
import type { HostMemory } from './host-cpu.ts';

/**
 * End of the physical addresses that a guest may have: 44 bits, as a Cortex-A57's ID_AA64MMFR0_EL1.PARange says; in AArch32
 * there are 40. Stage 2 translates 40: beyond lies nothing, which the fault of its walk says as well.
 */
export const IPA_END = 2 ** 44;

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
/** S2AP: what of it the guest may not write. */
const READ_ONLY = ATTRIBUTES & ~(1 << 7);
/** The same of Device memory (MemAttr 1: nGnRE); XN, in the descriptor's high word. */
const DEVICE_ATTRIBUTES = (1 << 10) | (3 << 6) | (1 << 2);
const HIGH_XN = 1 << 22;
/** Bits [47:32] of an entry's address. */
const HIGH_ADDRESS = 0xffff;

/** Ranges [first, end) of IPAs, in units of 4 KiB and of 2 MiB. */
const ranges = list(integer(0, IPA_END / PAGE_BYTES), { max: 2 ** 20 });
const stateFields = record<{ pages: number[]; blocks: number[] }>({ pages: ranges, blocks: ranges });

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
export class Stage2 implements Stateful {
  readonly name = 'stage2';
  readonly version = 1;
  readonly #host: HostMemory;
  readonly #base: number;
  readonly #end: number;
  readonly #pageBytes: Stage2PageBytes;
  readonly #segmentAt: (ipa: number) => Segment | undefined;
  /** The next free byte of the tables' region: derived from what is mapped, as the tables are. */
  #next: number;
  /** Tables that nothing leads to any more: derived likewise. */
  readonly #free: number[] = [];
  /** Those of `mapDevice`: derived from the configuration. */
  readonly #devices: { readonly ipa: number; readonly pa: number; readonly bytes: number }[] = [];
  readonly root: number;

  /**
   * @param region host memory for tables: `stage2TableBytes`, 8 KiB aligned
   * @param segmentAt finds the guest's memory when a saved state is restored
   */
  constructor(
    host: HostMemory,
    region: { readonly base: number; readonly bytes: number },
    pageBytes: Stage2PageBytes,
    segmentAt: (ipa: number) => Segment | undefined,
  ) {
    assert(region.base % ROOT_BYTES === 0, 'concatenated tables are aligned to their size');
    assert(region.base + region.bytes <= host.bytes.length, 'the tables lie in the host memory');
    this.#host = host;
    this.#base = region.base;
    this.#segmentAt = segmentAt;
    this.#end = region.base + region.bytes;
    this.#pageBytes = pageBytes;
    this.#next = region.base;
    this.root = this.#allocate(ROOT_BYTES);
  }

  get vttbr(): bigint {
    return BigInt(this.root);
  }

  /**
   * Maps the page around `ipa`: 4 KiB, or 2 MiB where the configuration says so and the segment's place allows it; read-only of a device's.
   * From invalid to valid no TLB invalidation is needed (D8.14.1).
   */
  map(segment: Segment, ipa: Ipa): { readonly ipa: Ipa; readonly bytes: number } {
    const at = Number(ipa);
    assert(at >= segment.ipa && at < segment.ipa + segment.bytes, 'the address lies in the segment');
    const level2 = this.#table(this.root, Math.floor(at / LEVEL1_SHIFT));
    const index2 = Math.floor(at / BLOCK) % ENTRIES;
    const attributes = segment.rom === undefined ? ATTRIBUTES : READ_ONLY;
    if (this.#pageBytes === BLOCK && this.#low(level2, index2) === 0) {
      const from = alignDown(at, BLOCK);
      const pa = segment.pa + (from - segment.ipa);
      if (pa % BLOCK === 0 && from >= segment.ipa && from + BLOCK <= segment.ipa + segment.bytes) {
        this.#write(level2, index2, pa, attributes | VALID);
        return { ipa: toIpa(BigInt(from)), bytes: BLOCK };
      }
    }
    const level3 = this.#table(level2, index2);
    const from = alignDown(at, PAGE_BYTES);
    this.#write(
      level3,
      Math.floor(at / PAGE_BYTES) % ENTRIES,
      segment.pa + (from - segment.ipa),
      attributes | TABLE_OR_PAGE | VALID,
    );
    return { ipa: toIpa(BigInt(from)), bytes: PAGE_BYTES };
  }

  /**
   * Takes a device's segment out, which is in whole blocks, with the tables that are empty then: what a fault says of its level
   * follows from what is mapped. The TLB is the caller's to invalidate.
   */
  unmap({ ipa, bytes }: Segment): void {
    assert(ipa % BLOCK === 0 && bytes % BLOCK === 0, 'what is unmapped is made of blocks');
    for (let at = ipa; at < ipa + bytes; at += BLOCK) {
      const index1 = Math.floor(at / LEVEL1_SHIFT);
      if (this.#low(this.root, index1) === 0) continue;
      const level2 = this.#outputOf(this.root, index1);
      const index2 = Math.floor(at / BLOCK) % ENTRIES;
      const low = this.#low(level2, index2);
      if (low === 0) continue;
      if ((low & TABLE_OR_PAGE) !== 0) this.#free.push(this.#outputOf(level2, index2));
      this.#host.store(level2 + 8 * index2, 0, 0);
      if (!this.#isEmpty(level2)) continue;
      this.#free.push(level2);
      this.#host.store(this.root + 8 * index1, 0, 0);
    }
  }
  #isEmpty(table: number): boolean {
    for (let index = 0; index < ENTRIES; index++) if (this.#low(table, index) !== 0) return false;
    return true;
  }

  /** Maps a device of the host, which the guest accesses without an exit. Addresses and size are multiples of 4 KiB. */
  mapDevice(ipa: number, pa: number, bytes: number): void {
    assert(
      [ipa, pa, bytes].every((n) => n % PAGE_BYTES === 0),
      'a device that is mapped is made of pages',
    );
    this.#devices.push({ ipa, pa, bytes });
    this.#writeDevice(ipa, pa, bytes);
  }
  #writeDevice(ipa: number, pa: number, bytes: number): void {
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
      return this.#outputOf(table, index);
    }
    const made = this.#freed() ?? this.#allocate(TABLE_BYTES);
    this.#write(table, index, made, TABLE_OR_PAGE | VALID);
    return made;
  }

  #low(table: number, index: number): number {
    return this.#host.words[(table + 8 * index) >>> 2] as number;
  }
  /** The address that an entry holds. */
  #outputOf(table: number, index: number): number {
    const word = (table + 8 * index) >>> 2;
    const { words } = this.#host;
    return ((words[word + 1] as number) & HIGH_ADDRESS) * 2 ** 32 + (((words[word] as number) & ~0xfff) >>> 0);
  }

  #write(table: number, index: number, pa: number, bits: number, highBits = 0): void {
    const high = Math.floor(pa / 2 ** 32) | highBits;
    this.#host.store(table + 8 * index, ((pa % 2 ** 32) | bits) >>> 0, high);
  }

  #freed(): number | undefined {
    const at = this.#free.pop();
    if (at !== undefined) this.#host.zero(at, TABLE_BYTES);
    return at;
  }
  #allocate(bytes: number): number {
    const at = this.#next;
    if (at + bytes > this.#end)
      throw new Failure(
        'the host memory set aside for stage 2 tables is used up; give the machine fewer memory segments',
      );
    this.#host.zero(at, bytes);
    this.#next = at + bytes;
    return at;
  }

  // --- state ---------------------------------------------------------------------------------------------------------
  /** What is mapped of the guest's memory. The tables follow from it: which one lies where, no guest can tell. */
  save(): PlainMap {
    const pages: number[] = [];
    const blocks: number[] = [];
    const add = (ranges: number[], at: number): void => {
      if (ranges.at(-1) === at) ranges[ranges.length - 1] = at + 1;
      else ranges.push(at, at + 1);
    };
    this.#entries(this.root, 2 * ENTRIES, (index1, level2) => {
      this.#entries(level2, ENTRIES, (index2, level3, isTable) => {
        const block = index1 * ENTRIES + index2;
        if (!isTable) add(blocks, block);
        else
          this.#entries(level3, ENTRIES, (index3, pa) => {
            if (pa < this.#host.bytes.length) add(pages, block * ENTRIES + index3);
          });
      });
    });
    return { pages, blocks };
  }
  /** The valid entries of a table. */
  #entries(table: number, count: number, told: (index: number, output: number, isTable: boolean) => void): void {
    for (let index = 0; index < count; index++) {
      const low = this.#low(table, index);
      if ((low & VALID) !== 0) told(index, this.#outputOf(table, index), (low & TABLE_OR_PAGE) !== 0);
    }
  }

  restore(saved: PlainMap): void {
    const { pages, blocks } = stateFields.read(saved, '');
    if (this.#pageBytes === PAGE_BYTES && blocks.length > 0) throw new BadField('blocks', 'this machine maps pages');
    this.#checkRanges(pages, PAGE_BYTES, 'pages');
    this.#checkRanges(blocks, BLOCK, 'blocks');
    const isBlock = new Set<number>();
    for (let i = 0; i < blocks.length; i += 2)
      for (let at = blocks[i] as number; at < (blocks[i + 1] as number); at++) isBlock.add(at);
    for (let i = 0; i < pages.length; i += 2) {
      const [first, last] = [pages[i] as number, (pages[i + 1] as number) - 1].map((at) => Math.floor(at / ENTRIES));
      for (let at = first as number; at <= (last as number); at++)
        if (isBlock.has(at)) throw new BadField(`pages[${i}]`, 'mapped as a block too');
    }
    this.#next = this.#base;
    this.#free.length = 0;
    this.#allocate(ROOT_BYTES);
    for (const { ipa, pa, bytes } of this.#devices) this.#writeDevice(ipa, pa, bytes);
    this.#mapRanges(blocks, BLOCK);
    this.#mapRanges(pages, PAGE_BYTES);
  }
  #mapRanges(of: readonly number[], bytes: number): void {
    for (let i = 0; i < of.length; i += 2)
      for (let at = of[i] as number; at < (of[i + 1] as number); at++)
        this.map(must(this.#segmentAt(at * bytes), 'segment'), toIpa(BigInt(at * bytes)));
  }
  /** Ascending ranges, each in one segment. */
  #checkRanges(of: readonly number[], bytes: number, at: string): void {
    if (of.length % 2 !== 0) throw new BadField(at, 'a range has no end');
    for (let i = 0; i < of.length; i += 2) {
      const [from, end] = [of[i] as number, of[i + 1] as number];
      if (from >= end || (i > 0 && from <= (of[i - 1] as number)))
        throw new BadField(`${at}[${i}]`, 'ranges do not ascend');
      const segment = this.#segmentAt(from * bytes);
      if (segment === undefined || end * bytes > segment.ipa + segment.bytes)
        throw new BadField(`${at}[${i}]`, "not in the guest's memory");
    }
  }
}
