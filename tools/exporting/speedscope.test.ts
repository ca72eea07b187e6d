import { expect, it } from 'vitest';
import type { StackFrame } from '../../src/analysis/stack-tree.ts';
import { speedscopeParts } from './speedscope.ts';
import { someStacks } from './stacks.fixture.ts';

it('writes what speedscope reads, a profile a value', () => {
  const file = JSON.parse([...speedscopeParts(someStacks(), 'a.tape', 'hypertape 1')].join('')) as {
    shared: { frames: StackFrame[] };
    profiles: { unit: string; endValue: number; samples: number[][]; weights: number[] }[];
  };
  const { shared, profiles } = file;
  expect(profiles.map(({ unit, endValue }) => [unit, endValue])).toEqual([
    ['none', 6],
    ['nanoseconds', 46],
  ]);
  const stacksOf = (n: number) =>
    profiles[n]?.samples.map((frames, at) => [
      frames.map((frame) => `${shared.frames[frame]?.name}:${shared.frames[frame]?.line ?? 0}`).join(' '),
      profiles[n]?.weights[at],
    ]);
  expect(stacksOf(0)).toEqual([
    ['start_kernel:0 printk:7', 3],
    ['start_kernel:0 printk:9', 2],
    ['odd;name\n:0', 1],
  ]);
  expect(stacksOf(1)).toContainEqual(['start_kernel:0', 5]);
});
