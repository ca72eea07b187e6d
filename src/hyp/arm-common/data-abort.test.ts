import { expect, it } from 'vitest';
import { extendLoad, faultIpa, lowBytes, swapBytes, syndromeAccess } from './data-abort.ts';

it('decodes the syndrome of LDRSH X9', () => {
  const iss = (1 << 24) | (1 << 22) | (1 << 21) | (9 << 16) | (1 << 15) | 7;
  expect(syndromeAccess(iss)).toEqual({ size: 2, rt: 9, write: false, signExtend: true, registerBytes: 8 });
});

it('extends what was loaded', () => {
  expect(extendLoad(0xffff_ffff, 1, 4, false, 4)).toEqual([0xffff_ffff, 0]);
  expect(extendLoad(0x8000_0000, 0, 4, true, 8)).toEqual([0x8000_0000, 0xffff_ffff]);
  expect(extendLoad(0x1ff, 0, 1, false, 4)).toEqual([0xff, 0]);
  expect(extendLoad(0x8000, 0, 2, true, 4)).toEqual([0xffff_8000, 0]);
  expect(extendLoad(1, 0xffff_ffff, 8, false, 8)).toEqual([1, 0xffff_ffff]);
});

it('joins the intermediate physical address', () => {
  expect(faultIpa(0x0009_0000, 0, 0xffff_f018)).toBe(0x0900_0018);
  expect(faultIpa(0xffff_fff0, 0xff, 0xfff)).toBe(2 ** 48 - 1);
});

it('swaps bytes', () => {
  expect(swapBytes(0x1122_3344n, 4)).toBe(0x4433_2211n);
});

it('cuts a register to what a store writes', () => {
  const value = 0x8877_6655_c4b3_a291n;
  expect(([1, 2, 4, 8] as const).map((size) => lowBytes(value, size))).toEqual([0x91n, 0xa291n, 0xc4b3_a291n, value]);
});
