import { describe, expect, it } from 'vitest';
import { MemoryImage, type PageContent } from './memory-image.ts';

const content = (byte: number): PageContent => ({
  digest: new Uint8Array(32).fill(byte),
  bytes: () => new Uint8Array(4096).fill(byte),
});
const pagesOf = (from: Iterable<readonly [number, PageContent | null]>) =>
  [...from].map(([page, held]) => [page, held?.digest[0] ?? null]);

describe('an image of memory', () => {
  const zero = MemoryImage.zero(200);
  const a = zero.with([
    [0, content(1)],
    [63, content(2)],
    [199, content(3)],
  ]);

  it('holds what it was made with, and nothing else', () => {
    expect([0, 1, 63, 64, 199].map((page) => a.page(page)?.digest[0])).toEqual([1, undefined, 2, undefined, 3]);
    expect(zero.page(0)).toBe(null);
    expect(() => a.page(200)).toThrow();
    expect(() => a.with([[200, null]])).toThrow();
  });

  it('tells the pages in which it differs from another, by what they hold', () => {
    const b = a.with([
      [63, null],
      [100, content(4)],
      [199, content(3)],
    ]);
    expect(pagesOf(b.differences(a))).toEqual([
      [63, null],
      [100, 4],
    ]);
    expect(pagesOf(a.differences(b))).toEqual([
      [63, 2],
      [100, null],
    ]);
    expect(pagesOf(a.differences(zero))).toEqual([
      [0, 1],
      [63, 2],
      [199, 3],
    ]);
    expect(pagesOf(a.differences(a))).toEqual([]);
  });
});
