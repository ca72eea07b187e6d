import { EMPTY_STACK, type StackFrame, StackTree } from '../../src/analysis/stack-tree.ts';

/** Three stacks of one function each way, and a name that no format's separators may break. */
export function someStacks(): StackTree {
  const tree = new StackTree([
    { name: 'exits', unit: 'count' },
    { name: 'time', unit: 'nanoseconds' },
  ]);
  const put = (frames: readonly StackFrame[], ...weights: number[]): void => {
    const stack = frames.reduce((at, frame) => tree.child(at, tree.frame(frame)), EMPTY_STACK);
    for (const [value, weight] of weights.entries()) tree.add(stack, value, weight);
  };
  put([{ name: 'start_kernel' }, { name: 'printk', file: 'printk.c', line: 7 }], 3, 40);
  put([{ name: 'start_kernel' }, { name: 'printk', file: 'printk.c', line: 9 }], 2, 0);
  put([{ name: 'start_kernel' }], 0, 5);
  put([{ name: 'odd;name\n' }], 1, 1);
  return tree;
}
