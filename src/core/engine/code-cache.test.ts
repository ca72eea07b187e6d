import { expect, it } from 'vitest';
import { machine } from '../architecture.fixture.ts';

const PAGE = 8;
const cache = () => machine({ mode: 0x13, code: [] }).engine.code;

it('is full of configurations before memory is', () => {
  const code = cache();
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
  const code = cache();
  const cells = () => Array.from({ length: configurations }, (_, n) => code.refCell(PAGE, 0xffe, n));
  const before = cells();
  expect(cells()).toEqual(before);
  code.codePages[PAGE] = 1;
  code.invalidate(PAGE);
  const known = new Set(before);
  expect(cells().map((cell) => known.has(cell))).toEqual(before.map(() => what === 'keeps'));
});
