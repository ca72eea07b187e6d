import { expect, it } from 'vitest';
import { machine } from '../architecture.fixture.ts';
import { Trait } from './page-traits.ts';

const PAGE = 8;
const engineOf = () => machine({ mode: 0x13, code: [] }).engine;

it('is full of configurations before memory is', () => {
  const { code } = engineOf();
  let configurations = 0;
  for (; !code.isFull; configurations++) code.refCell(PAGE, 0xffe, configurations);
  expect(configurations).toBe(16_384);
  code.flush();
  expect(code.isFull).toBe(false);
});

it.each([
  [16, 'keeps'],
  [17, 'forgets'],
])('a write to a page that was met in %d configurations %s them', (configurations, what) => {
  const { code, traits } = engineOf();
  const cells = () => Array.from({ length: configurations }, (_, n) => code.refCell(PAGE, 0xffe, n));
  const before = cells();
  expect(cells()).toEqual(before);
  traits.add(PAGE, Trait.code);
  code.invalidate(PAGE);
  const known = new Set(before);
  expect(cells().map((cell) => known.has(cell))).toEqual(before.map(() => what === 'keeps'));
});

it('jumps of a page are forgotten whatever page with the same hash was forgotten before', () => {
  const { jumps } = engineOf().code;
  // Of another window, and of another 4 GiB.
  const pages = [0, 0x0100_0000, 0x1000_0000, 0x1100_0000].flatMap((lo) =>
    [0, 0x10, 0x100, 0x140, 0x1000, 0xffff_8000].map((hi) => [lo, hi] as const),
  );
  const known = () => pages.filter(([lo, hi]) => jumps.find(lo, hi, 1) !== 0);
  for (const [lo, hi] of pages) {
    for (const [otherLo, otherHi] of pages) {
      jumps.insert(lo, hi, 1, 256);
      jumps.invalidatePage(otherLo, otherHi);
      jumps.invalidatePage(lo, hi);
      expect([lo, hi, otherLo, otherHi, known()]).toEqual([lo, hi, otherLo, otherHi, []]);
    }
  }
});
