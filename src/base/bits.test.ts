import { expect, it } from 'vitest';
import { bigOf, fromHalves, high32, low32, numberOf } from './bits.ts';

it.each([
  [0n, 0, 0],
  [0x1234_5678_9abc_def0n, 0x9abc_def0, 0x1234_5678],
  [0xffff_ffff_ffff_ffffn, 0xffff_ffff, 0xffff_ffff],
  [1n << 63n, 0, 0x8000_0000],
])('%#: halves of %d', (value, low, high) => {
  expect([low32(value), high32(value)]).toEqual([low, high]);
  expect(fromHalves(low, high)).toBe(value);
  expect(fromHalves(low | 0, high | 0)).toBe(value);
});

it('halves of what is longer or negative are those of its low 64 bits', () => {
  expect([low32(-2n), high32(-2n)]).toEqual([0xffff_fffe, 0xffff_ffff]);
  expect([low32((3n << 64n) | 5n), high32((3n << 64n) | 5n)]).toEqual([5, 0]);
});

it.each([0, 1, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER])('%d is the same number as a bigint', (value) => {
  expect(bigOf(value)).toBe(BigInt(value));
  expect(numberOf(BigInt(value))).toBe(value);
});
