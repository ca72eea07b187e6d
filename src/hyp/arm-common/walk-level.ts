import { bits64 } from '../../base/bits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import { Ttbcr } from '../../core/fields/translation.ts';
import { initialLevel, LEVEL_LAST, levelShift } from '../../core/mmu/descriptor.ts';
import type { GuestMemory } from '../vmm/memory.ts';

// Where a walk of the guest's stage 1 met no memory: a stage 2 fault tells of the page alone, and not of the level of stage 1
// (as KVM's __kvm_find_s1_desc_level).

/** Tables in the Long-descriptor format, of a range of virtual addresses. */
export interface LongTables {
  /** TTBR0 or TTBR1. */
  readonly ttbr: bigint;
  readonly inputBits: number;
  /** log2 of the granule. */
  readonly granule: number;
  readonly bigEndian: boolean;
}

const TABLE_ADDRESS = 0xffff_ffff_f000n;
const isInPage = (address: bigint, page: number): boolean =>
  address / BigInt(PAGE_BYTES) === BigInt(Math.floor(page / PAGE_BYTES));

/** The level at which a walk for `va` looks into the page at `ipa`. */
export function longWalkLevel(memory: GuestMemory, tables: LongTables, va: bigint, ipa: number): number {
  const { ttbr, inputBits, granule, bigEndian } = tables;
  let level = initialLevel(inputBits, granule);
  let top = inputBits - 1;
  const initialBytes = 1n << BigInt(inputBits - levelShift(level, granule) + 3);
  let table = ttbr & 0xffff_ffff_fffen & -initialBytes;
  for (;;) {
    const shift = levelShift(level, granule);
    const at = table + 8n * bits64(va, top, shift);
    const bytes = isInPage(at, ipa) ? undefined : memory.view(Number(at), 8);
    if (bytes === undefined || level === LEVEL_LAST) return level;
    const descriptor = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, !bigEndian);
    table = descriptor & TABLE_ADDRESS & -(1n << BigInt(granule));
    top = shift - 1;
    level++;
  }
}

/** The registers that walks of AArch32 begin with. */
export interface Aarch32Tables {
  readonly ttbcr: number;
  readonly ttbr0: bigint;
  readonly ttbr1: bigint;
  readonly bigEndian: boolean;
}

const SECTION_BITS = 20;

/** The same in AArch32, in either format. Arm ARM DDI 0406C, B3.5.5, B3.6.6. */
export function aarch32WalkLevel(memory: GuestMemory, tables: Aarch32Tables, va: number, ipa: number): number {
  const { ttbcr, ttbr0, ttbr1, bigEndian } = tables;
  const lowerBits = 32 - (ttbcr & Ttbcr.n);
  const isLower = lowerBits === 32 || va >>> lowerBits === 0;
  if ((ttbcr & Ttbcr.eae) !== 0) {
    const inputBits = isLower ? lowerBits : 32 - ((ttbcr >>> 16) & Ttbcr.t0sz);
    const ttbr = isLower ? ttbr0 : ttbr1;
    return longWalkLevel(memory, { ttbr, inputBits, granule: 12, bigEndian }, BigInt(va), ipa);
  }
  const inputBits = isLower ? lowerBits : 32;
  const width = inputBits - SECTION_BITS;
  const table = (isLower ? ttbr0 : ttbr1) & 0xffff_ffffn & -(1n << BigInt(width + 2));
  return isInPage(table + 4n * bits64(BigInt(va), inputBits - 1, SECTION_BITS), ipa) ? 1 : 2;
}
