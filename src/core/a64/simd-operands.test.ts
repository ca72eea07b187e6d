import { describe, expect, it } from 'vitest';
import { BHS, BHSD, indexedElement, isArrangement, isSize, leftBy, rightBy, shiftedSize } from './simd-operands.ts';

describe('arrangements', () => {
  it('reserve 64-bit lanes in half a vector', () => {
    expect(isArrangement(BHSD, 3, 0)).toBe(false);
    expect(isArrangement(BHSD, 3, 1)).toBe(true);
    expect(isArrangement(BHS, 3, 1)).toBe(false);
    expect(isArrangement(BHS, 2, 0)).toBe(true);
  });
});

describe('shift immediates', () => {
  it.each([
    // immh, immb, log2 of lane bytes, right by, left by
    [0b0001, 0b000, 0, 8, 0],
    [0b0001, 0b111, 0, 1, 7],
    [0b0010, 0b000, 1, 16, 0],
    [0b0111, 0b111, 2, 1, 31],
    [0b1000, 0b000, 3, 64, 0],
    [0b1111, 0b111, 3, 1, 63],
  ])('immh %i, immb %i', (immh, immb, size, right, left) => {
    expect([shiftedSize(immh), rightBy(immh, immb), leftBy(immh, immb)]).toEqual([size, right, left]);
  });
  it('have no lane size without a one in immh', () => {
    expect(isSize(BHSD, shiftedSize(0))).toBe(false);
  });
});

describe('indexed elements', () => {
  it('take H:L:M of V0 to V15 for halfwords, H:L of any register for words', () => {
    expect(indexedElement(1, 1, 0, 0b10011)).toEqual({ register: 3, index: 5 });
    expect(indexedElement(2, 1, 0, 0b10011)).toEqual({ register: 19, index: 2 });
  });
});
