import { expect, it } from 'vitest';
import { PAGE_BYTES } from '../base/page.ts';
import { DifferingBytes } from './differing-bytes.ts';

const page = (...changed: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(PAGE_BYTES);
  for (const at of changed) bytes[at] = 1;
  return bytes;
};

it('knows bytes that differ, and tells them in runs that go over pages', () => {
  const known = new DifferingBytes();
  expect([known.isEmpty, [...known.runs()]]).toEqual([true, []]);
  known.add(4, page(4094, 4095), page());
  known.add(5, page(), page(0, 7));
  known.add(1, page(3), page());
  expect(known.isEmpty).toBe(false);
  expect([...known.runs()]).toEqual([
    { at: PAGE_BYTES + 3, bytes: 1 },
    { at: 4 * PAGE_BYTES + 4094, bytes: 3 },
    { at: 5 * PAGE_BYTES + 7, bytes: 1 },
  ]);
  expect([known.has(4, 4094), known.has(4, 4093), known.has(2, 0)]).toEqual([true, false, false]);
});

it('tells a difference that is not known', () => {
  const known = new DifferingBytes();
  known.add(7, page(10), page());
  expect(known.isElsewhere(7, page(10), page())).toBe(false);
  expect(known.isElsewhere(7, page(), page(10))).toBe(false);
  expect(known.isElsewhere(7, page(10, 11), page())).toBe(true);
  expect(known.isElsewhere(8, page(10), page())).toBe(true);
});
