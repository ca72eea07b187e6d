import type { Profile } from '../../src/analysis/profile.ts';
import { EMPTY_STACK, type StackFrame, StackTree } from '../../src/analysis/stack-tree.ts';
import { FRAME_SEPARATOR } from './keys.ts';

/**
 * The rows of a profile as stacks: what flame graphs are made of. The first value is how often.
 * @param frameOf a frame by its name, perhaps with where its source is
 */
export function stacksOf(
  { rows, costNs }: Profile,
  what: string,
  unit: string,
  frameOf: (name: string) => StackFrame = (name) => ({ name }),
): StackTree {
  const values = [
    { name: what, unit: 'count' },
    { name: unit, unit: 'count' },
    { name: 'virtual time', unit: 'nanoseconds' },
    ...(costNs === undefined ? [] : [{ name: 'cost', unit: 'nanoseconds' }]),
  ];
  const tree = new StackTree(values);
  for (const { key, count, instructions, timeNs, costNs: cost = 0 } of rows) {
    const names = key.split(FRAME_SEPARATOR);
    const stack = names.reduce((at, name) => tree.child(at, tree.frame(frameOf(name))), EMPTY_STACK);
    for (const [value, weight] of [count, instructions, timeNs, cost].slice(0, values.length).entries())
      tree.add(stack, value, weight);
  }
  return tree;
}
