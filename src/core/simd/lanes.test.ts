import { describe, expect, it } from 'vitest';
import { laneShuffle, scalarLanes, vectorLanes } from './lanes.ts';

describe('laneShuffle', () => {
  it('numbers the elements of two full vectors, the first ones first', () => {
    const zipHigh = laneShuffle(vectorLanes(2, 1), (i) => (i >> 1) + 2 + 4 * (i & 1));
    expect(zipHigh).toEqual([8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]);
  });
  it('takes the second vector behind the low half of the first where half is in use', () => {
    const even = laneShuffle(vectorLanes(1, 0), (i) => 2 * i);
    expect(even.slice(0, 8)).toEqual([0, 1, 4, 5, 16, 17, 20, 21]);
  });
  it('fills one lane for a scalar', () => {
    expect(laneShuffle(scalarLanes(1), () => 1).slice(0, 2)).toEqual([16, 17]);
  });
});
