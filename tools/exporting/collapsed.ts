import type { StackTree } from '../../src/analysis/stack-tree.ts';

/** A frame's name may not part frames, nor a stack from its weight. */
const nameOf = (name: string): string => name.replace(/[;\r\n]/g, ':');

/**
 * A line a stack, `outer;inner weight`, as flamegraph.pl, inferno and speedscope read them; stacks that weigh nothing by this value
 * are left out.
 * @param value number of the value in `stacks.values`
 */
export function* collapsedLines(stacks: StackTree, value: number): Generator<string> {
  const lines = new Map<string, number>();
  for (const { frames, weights } of stacks.stacks()) {
    const weight = weights[value] as number;
    if (weight === 0) continue;
    // Frames at several lines of one function are one here.
    const line = frames.map(({ name }) => nameOf(name)).join(';');
    lines.set(line, (lines.get(line) ?? 0) + weight);
  }
  for (const [line, weight] of lines) yield `${line} ${weight}`;
}
