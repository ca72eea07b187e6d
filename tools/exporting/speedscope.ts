import type { StackFrame, StackTree, WeightedStack } from '../../src/analysis/stack-tree.ts';

/** Units that speedscope knows (its file-format-spec.ts, ValueUnit); else numbers are shown as they are. */
const UNITS: ReadonlySet<string> = new Set(['nanoseconds', 'bytes']);

/**
 * The pieces of a JSON file in speedscope's format (https://www.speedscope.app/file-format-schema.json), a `sampled` profile a
 * value.
 * @param name what is shown, `boot.tape`
 * @param exporter the program that made it, with its version
 */
export function* speedscopeParts(stacks: StackTree, name: string, exporter: string): Generator<string> {
  const numbers = new Map<StackFrame, number>();
  const frames: StackFrame[] = [];
  const numberOf = (frame: StackFrame): number => {
    let number = numbers.get(frame);
    if (number === undefined) numbers.set(frame, (number = frames.push(frame) - 1));
    return number;
  };
  const all: WeightedStack[] = [...stacks.stacks()];
  const profiles = stacks.values.map(({ name: what, unit }, value) => {
    const weighing = all.filter(({ weights }) => weights[value] !== 0);
    return {
      type: 'sampled',
      name: `${name}: ${what}`,
      unit: UNITS.has(unit) ? unit : 'none',
      startValue: 0,
      endValue: weighing.reduce((sum, { weights }) => sum + (weights[value] as number), 0),
      samples: weighing.map((stack) => stack.frames.map(numberOf)),
      weights: weighing.map(({ weights }) => weights[value]),
    };
  });
  const head = { $schema: 'https://www.speedscope.app/file-format-schema.json', name, exporter, activeProfileIndex: 0 };
  yield `${JSON.stringify(head).slice(0, -1)},"shared":${JSON.stringify({ frames })},"profiles":[`;
  for (const [n, profile] of profiles.entries()) yield `${n === 0 ? '' : ','}${JSON.stringify(profile)}`;
  yield ']}\n';
}
