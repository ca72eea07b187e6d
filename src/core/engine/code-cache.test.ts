import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { machine } from '../architecture.fixture.ts';
import * as cells from '../state/cells.ts';
import { Trait } from './page-traits.ts';
import type { LiftedBlock } from './translate.ts';

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

it('entries that lead into a dropped slot are forgotten, and no others', () => {
  const { jumps } = engineOf().code;
  const random = new Prng(3n);
  const upTo = (n: number): number => Number(random.next64() % BigInt(n));
  // Pairs that share an entry.
  const vas = Array.from({ length: 40 }, (_, n) => 0x8000 + 4 * (n >> 1) + (n & 1 ? 0x4000_0000 : 0));
  const known = new Map<number, number>();
  for (let step = 0; step < 5000; step++) {
    const va = vas[upTo(vas.length)] as number;
    const what = upTo(8);
    if (what < 5) {
      const slot = 1 + upTo(5);
      jumps.insert(va, 0, 1, slot << cells.REF_SLOT_SHIFT);
      known.set(va, slot);
    } else if (what < 7) {
      const slot = 1 + upTo(5);
      jumps.dropSlot(slot);
      for (const [at, of] of known) if (of === slot) known.delete(at);
    } else if (upTo(20) === 0) {
      jumps.clear();
      known.clear();
    }
    for (const at of vas) {
      const found = jumps.find(at, 0, 1) >>> cells.REF_SLOT_SHIFT;
      if (found !== 0) expect([step, at, found]).toEqual([step, at, known.get(at)]);
    }
    if (what < 5) expect(jumps.find(va, 0, 1)).not.toBe(0);
  }
});

it('a store drops the blocks of its lines alone; many beside code drop it all', () => {
  const { code, traits } = engineOf();
  traits.add(PAGE, Trait.code);
  const blockAt = (from: number, to: number) =>
    ({ offsets: [from], endOffset: to, cut: false }) as unknown as LiftedBlock;
  const blocks = (
    [
      [0, 8],
      [60, 68],
      [128, 132],
    ] as const
  ).map(([from, to]) => {
    const cell = code.refCell(PAGE, from, 1);
    code.lifted(PAGE, blockAt(from, to));
    code.cold.count(cell);
    code.cold.keep(cell, blockAt(from, to));
    return cell;
  });
  const kept = () => blocks.map((cell) => code.cold.get(cell) !== undefined);
  code.invalidate(PAGE, 300, 304);
  expect([kept(), code.isCode(PAGE, 300, 304)]).toEqual([[true, true, true], false]);
  expect(code.isCode(PAGE, 100, 101)).toBe(true);
  code.invalidate(PAGE, 100, 101);
  expect(kept()).toEqual([true, false, true]);
  code.invalidate(PAGE, 0, 4);
  expect([kept(), traits.has(PAGE, Trait.code)]).toEqual([[false, false, true], true]);
  let stores = 0;
  while (!code.isCode(PAGE, 2000, 2004)) stores++;
  expect(stores).toBeGreaterThan(500);
  code.invalidate(PAGE, 2000, 2004);
  expect([kept(), traits.has(PAGE, Trait.code), code.isCode(PAGE, 128, 132)]).toEqual([
    [false, false, false],
    false,
    false,
  ]);
});
