import { expect, it } from 'vitest';
import { isDue } from './checkpoints.ts';

const M = 2 ** 20;

it('are due after a long loop, many exits, or many pages', () => {
  const short = { instructions: 36 * M, exits: 10, pages: 10 };
  expect(isDue(short)).toBe(false);
  expect(isDue({ ...short, instructions: 256 * M })).toBe(true);
  expect(isDue({ ...short, exits: 11_000 })).toBe(true);
  expect(isDue({ ...short, pages: 1100 })).toBe(true);
});

it('wait until the run is worth its pages', () => {
  const written = { instructions: 32 * M, exits: 10, pages: 1100 };
  expect(isDue(written)).toBe(false);
  expect(isDue({ ...written, instructions: 36 * M })).toBe(true);
  expect(isDue({ ...written, instructions: 60 * M, pages: 2048 })).toBe(false);
  expect(isDue({ ...written, instructions: 64 * M, pages: 2048 })).toBe(true);
  expect(isDue({ ...written, exits: 400 }), 'exits take time too').toBe(true);
});

it('wait where memory is filled for each page a little longer, but not for ever', () => {
  const filled = { instructions: 260 * M, exits: 10, pages: 28 * 1024 };
  expect(isDue(filled)).toBe(false);
  expect(isDue({ ...filled, instructions: 272 * M })).toBe(true);
  expect(isDue({ ...filled, instructions: 272 * M, pages: 1 << 19 })).toBe(false);
  expect(isDue({ ...filled, instructions: 1024 * M, pages: 1 << 19 })).toBe(true);
});
