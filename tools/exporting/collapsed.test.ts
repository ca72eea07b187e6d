import { expect, it } from 'vitest';
import { collapsedLines } from './collapsed.ts';
import { someStacks } from './stacks.fixture.ts';

it('collapses stacks to lines, one a stack of functions', () => {
  const tree = someStacks();
  expect([...collapsedLines(tree, 0)]).toEqual(['start_kernel;printk 5', 'odd:name: 1']);
  expect([...collapsedLines(tree, 1)]).toEqual(['start_kernel 5', 'start_kernel;printk 40', 'odd:name: 1']);
});
