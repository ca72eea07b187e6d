import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { applyDifference, putPage } from './checkpoint-frames.ts';

const PAGE = 4096;
const base = new Prng(1n).bytes(PAGE);
const other = new Prng(2n).bytes(PAGE);
/** The base, but for one piece. */
const changed = (from: number, to: number): Uint8Array => {
  const page = base.slice();
  page.set(other.subarray(from, to), from);
  return page;
};

it.each([
  ['the same', base, true],
  ['a word of it', changed(0, 4), true],
  ['less than half of it', changed(0, PAGE / 2 - 4), true],
  ['more than half of it', changed(PAGE / 2 - 4, PAGE), false],
  ['all of it', other, false],
])('a page is told by what it held where that is shorter: %s', (_, page, isTold) => {
  const into = new Uint8Array(PAGE);
  expect(putPage(into, page, base)).toBe(isTold);
  if (isTold) applyDifference(into, base);
  expect(into).toEqual(page);
  expect(putPage(into, page, null)).toBe(false);
  expect(into).toEqual(page);
});
