import { expect, it } from 'vitest';
import { isDue } from './checkpoints.ts';

const M = 2 ** 20;

it('are due after a long loop, many exits, or many pages', () => {
  const short = { instructions: 4 * M, exits: 10, pages: 10 };
  expect(isDue(short)).toBe(false);
  expect(isDue({ ...short, instructions: 256 * M })).toBe(true);
  expect(isDue({ ...short, exits: 11_000 })).toBe(true);
  expect(isDue({ ...short, pages: 1100 })).toBe(true);
  expect(isDue({ ...short, pages: 2560 })).toBe(true);
});

it('wait where memory is filled until the run is worth its pages, but not for ever', () => {
  const filled = { instructions: 128 * M, exits: 10, pages: 32 * 1024 };
  expect(isDue(filled)).toBe(false);
  expect(isDue({ ...filled, instructions: 240 * M })).toBe(true);
  expect(isDue({ ...filled, instructions: 240 * M, pages: 1 << 19 })).toBe(false);
  expect(isDue({ ...filled, instructions: 1024 * M, pages: 1 << 19 })).toBe(true);
});
