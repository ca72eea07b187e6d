import { describe, expect, it } from 'vitest';
import { BHSD, isSize } from './lanes.ts';
import { leftBy, rightBy, shiftedSize } from './shift.ts';

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
