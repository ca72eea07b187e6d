import { describe, expect, it } from 'vitest';
import { MemoryImage, type PageContent } from './memory-image.ts';

const content = (byte: number): PageContent => ({
  digest: new Uint8Array(32).fill(byte),
  bytes: () => new Uint8Array(4096).fill(byte),
});
const pagesOf = (from: Iterable<readonly [number, PageContent | null | undefined]>) =>
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

  it('has pages of disks behind those of RAM, of which most are as the disk has them', () => {
    const disks = MemoryImage.zero(100, 2 ** 40);
    const written = disks.with([
      [99, content(1)],
      [100, null],
      [100 + 2 ** 39, content(2)],
    ]);
    expect([written.page(100), written.page(101), written.page(100 + 2 ** 39)?.digest[0]]).toEqual([
      null,
      undefined,
      2,
    ]);
    expect(pagesOf(written.differences(disks))).toEqual([
      [99, 1],
      [100, null],
      [100 + 2 ** 39, 2],
    ]);
    expect([...disks.differences(written)].map(([page, held]) => [page, held])).toEqual([
      [99, null],
      [100, undefined],
      [100 + 2 ** 39, undefined],
    ]);
    expect(pagesOf(written.with([[100, undefined]]).differences(written))).toEqual([[100, null]]);
    expect(() => disks.page(100 + 2 ** 40)).toThrow();
  });
});
