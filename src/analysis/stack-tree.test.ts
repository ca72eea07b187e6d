import { expect, it } from 'vitest';
import { EMPTY_STACK, StackTree } from './stack-tree.ts';

const EXITS = { name: 'exits', unit: 'count' };
const INSTRUCTIONS = { name: 'instructions', unit: 'count' };

const path = (tree: StackTree, ...names: string[]): number =>
  names.reduce((stack, name) => tree.child(stack, tree.frame({ name })), EMPTY_STACK);

it('keeps what each stack weighs by itself', () => {
  const tree = new StackTree([EXITS, INSTRUCTIONS]);
  tree.add(path(tree, 'main', 'print'), 0, 2);
  tree.add(path(tree, 'main'), 1, 7);
  tree.add(path(tree, 'main', 'print'), 0, 1);
  expect([...tree.stacks()]).toEqual([
    { frames: [{ name: 'main' }], weights: [0, 7] },
    { frames: [{ name: 'main' }, { name: 'print' }], weights: [3, 0] },
  ]);
  expect([tree.total(0), tree.total(1)]).toEqual([3, 7]);
});

it('takes frames of one name at other lines apart', () => {
  const tree = new StackTree([EXITS]);
  const [a, b] = [3, 4].map((line) => tree.frame({ name: 'main', file: 'main.c', line }));
  expect(a).not.toBe(b);
  expect(tree.frame({ name: 'main', file: 'main.c', line: 3 })).toBe(a);
});

it('counts on where there are more stacks than are kept', () => {
  const tree = new StackTree([EXITS], 4);
  for (let n = 0; n < 100; n++) tree.add(path(tree, 'main', `f${n}`, 'g', 'h'), 0, 1);
  expect(tree.total(0)).toBe(100);
  expect(tree.size).toBeLessThan(10);
  const [, last] = [...tree.stacks()].map(({ frames }) => frames.map(({ name }) => name).join(';'));
  expect(last).toBe('main;(others)');
});
