import { PAGE_SHIFT } from '../../base/page.ts';
import type { Walker } from './walker.ts';

// The word that the TLB keeps with a page: domain in bits 3:0, permits 9:4, attributes 17:10, shareability 19:18, log2 of the
// pages that stage 1 and both stages map in 24:20 and 29:25, and whether the translation is global.
export const REST_PERMITS = 4;
export const REST_GLOBAL = 1 << 30;
/** Bits in use. */
export const REST_MASK = 0x7fff_ffff;

export const packRest = (walker: Walker): number =>
  walker.domain |
  (walker.permits << REST_PERMITS) |
  (walker.attributes << 10) |
  (walker.shareability << 18) |
  ((walker.stage1Bits - PAGE_SHIFT) << 20) |
  ((walker.mappedBits - PAGE_SHIFT) << 25) |
  (walker.global ? REST_GLOBAL : 0);

export const domainOf = (rest: number): number => rest & 0xf;
export const attributesOf = (rest: number): number => (rest >>> 10) & 0xff;
export const shareabilityOf = (rest: number): number => (rest >>> 18) & 3;
/** log2 of the bytes that one descriptor of stage 1 maps, and of those that both stages map alike. */
export const stage1BitsOf = (rest: number): number => ((rest >>> 20) & 0x1f) + PAGE_SHIFT;
export const mappedBitsOf = (rest: number): number => ((rest >>> 25) & 0x1f) + PAGE_SHIFT;
