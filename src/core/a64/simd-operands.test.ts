import { describe, expect, it } from 'vitest';
import { BHS, BHSD } from '../simd/lanes.ts';
import { indexedElement, isArrangement } from './simd-operands.ts';

describe('arrangements', () => {
  it('reserve 64-bit lanes in half a vector', () => {
    expect(isArrangement(BHSD, 3, 0)).toBe(false);
    expect(isArrangement(BHSD, 3, 1)).toBe(true);
    expect(isArrangement(BHS, 3, 1)).toBe(false);
    expect(isArrangement(BHS, 2, 0)).toBe(true);
  });
});

describe('indexed elements', () => {
  it('take H:L:M of V0 to V15 for halfwords, H:L of any register for words', () => {
    expect(indexedElement(1, 1, 0, 0b10011)).toEqual({ register: 3, index: 5 });
    expect(indexedElement(2, 1, 0, 0b10011)).toEqual({ register: 19, index: 2 });
  });
});
