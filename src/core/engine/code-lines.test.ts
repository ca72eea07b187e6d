import { expect, test } from 'vitest';
import { PAGE_BYTES } from '../../base/page.ts';
import { Prng } from '../../base/prng.ts';
import { CodeLines, lineEnd, lineStart } from './code-lines.ts';

test('lines of 64 bytes: those of a page that hold a byte of code', () => {
  const lines = new CodeLines(4);
  const random = new Prng(1n);
  const upTo = (n: number): number => Number(random.next64() % BigInt(n));
  const known = [1, 2].map(() => new Set<number>());
  const of = (from: number, to: number): number[] =>
    Array.from({ length: Math.min(to, PAGE_BYTES) - from }, (_, n) => (from + n) >> 6);
  for (let step = 0; step < 3000; step++) {
    const page = 1 + upTo(2);
    const from = upTo(PAGE_BYTES);
    const to = from + 1 + upTo(upTo(2) === 0 ? 16 : PAGE_BYTES);
    const own = known[page - 1] as Set<number>;
    if (upTo(3) === 0) {
      for (const line of of(from, to)) own.add(line);
      lines.add(page, from, to);
    } else if (upTo(2) === 0) {
      for (const line of of(from, to)) own.delete(line);
      lines.remove(page, from, Math.min(to, PAGE_BYTES));
    }
    expect(lines.has(page, from, to)).toBe(of(from, to).some((line) => own.has(line)));
    expect(lines.isEmpty(page)).toBe(own.size === 0);
  }
  lines.clear();
  for (const page of [0, 1, 2, 3]) expect(lines.has(page, 0, PAGE_BYTES)).toBe(false);
  expect([lineStart(63), lineStart(64), lineEnd(64), lineEnd(65)]).toEqual([0, 64, 64, 128]);
});
