import { expect, it } from 'vitest';
import { PAGE_BYTES } from '../../base/page.ts';
import { machine } from '../architecture.fixture.ts';
import type { TranslatedRegion } from './code-cache.ts';
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

it('the lines that only dropped blocks had are no code any more', () => {
  const { code, traits } = engineOf();
  traits.add(PAGE, Trait.code);
  const keep = (from: number, to: number, config = 1): void => {
    const block = { offsets: [from], endOffset: to, cut: false } as unknown as LiftedBlock;
    const cell = code.refCell(PAGE, from, config);
    code.lifted(PAGE, block);
    code.cold.keep(cell, block);
  };
  const lines = () => [0, 64, 128, 192, 256].map((at) => code.isCode(PAGE, at, at + 4));
  keep(32, 200);
  keep(40, 100, 2);
  keep(196, 300);
  keep(4092, PAGE_BYTES);
  expect(lines()).toEqual([true, true, true, true, true]);
  code.invalidate(PAGE, 130, 134);
  expect(lines()).toEqual([true, true, false, true, true]);
  code.invalidate(PAGE, 256, 260);
  expect(lines()).toEqual([true, true, false, false, false]);
  code.invalidate(PAGE, 0, 4);
  expect([lines(), traits.has(PAGE, Trait.code)]).toEqual([[false, false, false, false, false], true]);
  code.invalidate(PAGE, 4092, PAGE_BYTES);
  expect(traits.has(PAGE, Trait.code)).toBe(false);
});

it.each([1, 1023, 5000, 100_000])('the table grows for regions behind %d others', (others) => {
  // ADD r0, r0, #1; B to itself less one.
  const { engine, run, r } = machine({ mode: 0x13, code: [0xe280_0001, 0xeaff_fffd] });
  const { code } = engine;
  const first = code.takeSlots(others);
  run(100_000);
  expect(r(0)).toBe(50_000);
  expect(code.table.length).toBeGreaterThan(first + others);
  expect(code.table.get(first + others)).not.toBe(null);
  // Nothing may be left of what is dropped, whether or not it has a place in the table.
  code.announce(120_000, [{ page: PAGE, config: {}, blocks: [], cells: [] } as unknown as TranslatedRegion]);
  code.invalidate(PAGE);
  expect(code.table.get(first + others)).toBe(null);
  run(10);
  expect(r(0)).toBe(50_005);
});
