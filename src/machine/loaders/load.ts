import { assert } from '../../base/assert.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { GuestMemory } from '../../hyp/vmm/memory.ts';
import type { Segment } from './plan.ts';

const ZEROES = new Uint8Array(PAGE_BYTES);
const isZero = (page: Uint8Array): boolean => Buffer.compare(page, ZEROES.subarray(0, page.length)) === 0;

/**
 * Puts everything where it goes in memory that is all zero. Pages of zeros, of which images of flash mostly are, stay untouched: they are
 * made as large as the bank (QEMU docs/system/arm/virt.rst).
 */
export function loadPlan(segments: readonly Segment[], memory: GuestMemory): void {
  for (const { what, ipa, bytes, zeroFillBytes } of segments) {
    const at = Number(ipa);
    const end = at + bytes.length;
    const isSparse = memory.find(at)?.rom !== undefined;
    const hasRoom = isSparse
      ? loadSparse(at, bytes, memory)
      : memory.write(at, bytes, 'loader') && memory.zero(end, zeroFillBytes, 'loader');
    assert(hasRoom, `the plan puts ${what} into memory`);
  }
}

function loadSparse(at: number, bytes: Uint8Array, memory: GuestMemory): boolean {
  for (let from = 0; from < bytes.length; from += PAGE_BYTES) {
    const page = bytes.subarray(from, from + PAGE_BYTES);
    if (!isZero(page) && !memory.write(at + from, page, 'loader')) return false;
  }
  return true;
}
