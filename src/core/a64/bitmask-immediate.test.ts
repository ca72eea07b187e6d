import { expect, test } from 'vitest';
import { bitmaskImmediate } from './bitmask-immediate.ts';

test('elements of every size are repeated over the width', () => {
  expect(bitmaskImmediate(1, 7, 0, 64)).toBe(0xffn);
  expect(bitmaskImmediate(0, 0b111100, 0, 64)).toBe(0x5555_5555_5555_5555n);
  expect(bitmaskImmediate(0, 0b100111, 0, 64)).toBe(0x00ff_00ff_00ff_00ffn);
  expect(bitmaskImmediate(0, 0b000000, 31, 32)).toBe(2n);
});

test('the run of ones is rotated right within its element', () => {
  expect(bitmaskImmediate(1, 0, 1, 64)).toBe(0x8000_0000_0000_0000n);
  expect(bitmaskImmediate(0, 0b110011, 2, 32)).toBe(0xc3c3_c3c3n);
});

test('all ones, elements of one bit, and 64-bit elements in 32 bits are reserved', () => {
  expect(bitmaskImmediate(1, 63, 0, 64)).toBeNull();
  expect(bitmaskImmediate(0, 0b111101, 0, 64)).toBeNull();
  expect(bitmaskImmediate(0, 0b111111, 0, 64)).toBeNull();
  expect(bitmaskImmediate(1, 0, 0, 32)).toBeNull();
});
