import { describe, expect, it } from 'vitest';
import { matchesNumber } from './numbers.ts';

describe('what is typed above a column of numbers', () => {
  it.each([
    ['', 5, true],
    ['10', 10, true],
    ['10', 9, false],
    ['> 10', 10, false],
    ['<=1k', 1000, true],
    ['<1,000', 1000, false],
    ['=3', 3, true],
    ['1e6', 999_999, false],
    ['2M', 2e6, true],
    ['x', 1, true],
  ])('%j leaves %d: %s', (wanted, value, left) => expect(matchesNumber(wanted, value)).toBe(left));
});
