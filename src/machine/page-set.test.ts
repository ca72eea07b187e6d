import { expect, it } from 'vitest';
import { PageSet } from './page-set.ts';

it('has each page once, in the order in which they came or in their own, until it is cleared', () => {
  const set = new PageSet(2000);
  for (const page of [1999, 0, 300, 0, 20]) set.add(page);
  expect([0, 1, 20, 300, 1999].map((page) => set.has(page))).toEqual([true, false, true, true, true]);
  expect(set.size).toBe(4);
  expect([...set]).toEqual([1999, 0, 300, 20]);
  expect([...set.ascending()]).toEqual([0, 20, 300, 1999]);
  set.clear();
  expect([set.size, set.has(0), [...set].length, set.ascending().length]).toEqual([0, false, 0, 0]);
  set.add(300);
  expect([...set]).toEqual([300]);
});

it("has pages beyond the guest's own, however many there are", () => {
  const set = new PageSet(4);
  for (const page of [2 ** 40, 3, 4, 2 ** 40]) set.add(page);
  expect([3, 4, 5, 2 ** 40].map((page) => set.has(page))).toEqual([true, true, false, true]);
  expect([...set.ascending()]).toEqual([3, 4, 2 ** 40]);
  set.clear();
  expect([set.size, set.has(3), set.has(4)]).toEqual([0, false, false]);
});
