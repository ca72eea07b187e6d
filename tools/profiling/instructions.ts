import { StackTree } from '../../src/analysis/stack-tree.ts';
import { Failure } from '../../src/base/failure.ts';
import type { BlockObserver } from '../../src/core/engine/observed-code.ts';
import type { BlockWalk, PlacedBlock } from '../../src/explain/block-walk.ts';
import { InstructionProfile } from '../../src/explain/instruction-profile.ts';
import { NO_MODULES, NO_TASKS } from '../../src/explain/linux/guest-linux.ts';
import { taskText } from '../../src/explain/linux/tasks.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import { progress } from '../session/progress.ts';
import { say } from '../session/standard-output.ts';
import { countText } from '../session/units.ts';
import { openGuestCode } from './guest-code.ts';
import { FRAME_SEPARATOR } from './keys.ts';
import type { ProfiledTape } from './profiled-tape.ts';
import { percent, tableLines } from './tables.ts';

/** What instructions are put together by, the first where nothing is asked for. */
export const instructionDimensions = ['symbol', 'stack', 'task', 'task,symbol', 'task,stack'] as const;

/** A function, or a stack of them, with the instructions that were executed in it. */
export interface InstructionRow {
  readonly key: string;
  readonly count: number;
  /** Of all of the stretch, 0..1. */
  readonly share: number;
  readonly instructions: number;
}

/** All instructions of a stretch, each counted once. */
export interface InstructionCounts {
  readonly total: number;
  /** Where the stretch begins and ends, by count, and how much of it was idle time. */
  readonly from: number;
  readonly to: number;
  readonly idle: number;
  readonly rows: readonly InstructionRow[];
  readonly stacks: StackTree;
}

/** Counts the instructions of a stretch. @throws Failure */
export function countInstructions(tape: ProfiledTape, by: string): InstructionCounts {
  const names = by.split(',').map((name) => name.trim());
  if (!instructionDimensions.some((known) => known === names.join(',')))
    throw new Failure(
      `--by ${by}: instructions are counted by ${instructionDimensions.map((known) => `"${known}"`).join(', ')}`,
    );
  const [byTask, byStack] = [names.includes('task'), names.includes('stack')];
  tape.mustReplay();
  const { timeline, view, names: codeNames, linux } = openGuestCode(tape.reader, tape.codeFiles);
  if (tape.range.from !== undefined) timeline.seek(tape.range.from);
  const stacks = new StackTree([{ name: 'instructions', unit: 'count' }]);
  const rootOf = (): string => {
    linux.refresh();
    const task = linux.currentTask();
    return task === undefined ? '(no task)' : taskText(task);
  };
  const walk = new InstructionProfile({
    ...{ view, names: codeNames, tree: stacks, byStack },
    ...(byTask ? { rootOf } : {}),
  });
  const stretch = walkStretch(timeline, walk, tape.range.to);
  if (byTask && !linux.knowsTasks) say(`${tape.path}: ${NO_TASKS}`);
  if (linux.lacksModules) say(`${tape.path}: ${NO_MODULES}`);
  const total = stacks.total(0);
  const keys = new Map<string, number>();
  for (const { frames, weights } of stacks.stacks()) {
    const shown = names.length === 1 && byTask ? frames.slice(0, 1) : frames;
    const key = shown.map(({ name }) => name.replaceAll(FRAME_SEPARATOR, ':')).join(FRAME_SEPARATOR);
    keys.set(key, (keys.get(key) ?? 0) + (weights[0] as number));
  }
  const rows = [...keys]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([key, count]) => ({ key, count, share: count / total, instructions: count }));
  return { total, ...stretch, rows, stacks };
}

/** Runs from where the timeline is to a count, or to its end. */
export function walkStretch(
  timeline: Timeline,
  walk: BlockWalk<PlacedBlock> & BlockObserver,
  to: number | undefined,
): Pick<InstructionCounts, 'from' | 'to' | 'idle'> {
  const { machine } = timeline;
  const [from, before] = [machine.icount, machine.instructions];
  const bar = progress('counting', to ?? timeline.last, true);
  machine.observeBlocks(walk);
  try {
    for (const _slice of timeline.forwards({ arm: () => () => {} }, to))
      bar.update(machine.icount, machine.instructions);
    walk.settle();
  } finally {
    machine.observeBlocks(null);
    bar.stop();
  }
  const retired = machine.instructions - before;
  return { from, to: machine.icount, idle: machine.icount - from - retired };
}

/** Lines for people. */
export function instructionTable(
  { total, from, to, idle, rows }: Omit<InstructionCounts, 'stacks'>,
  by: string,
  limit: number,
): string[] {
  const shown = rows.slice(0, limit);
  const lines = tableLines(by.toUpperCase(), shown, [
    { heading: 'Instructions', text: ({ count }) => countText(count) },
    { heading: 'Share', text: ({ share }) => percent(share) },
  ]);
  const left = rows.length - shown.length;
  if (left > 0) {
    const more = rows.slice(limit).reduce((sum, { count }) => sum + count, 0);
    lines.push('', `${countText(left)} more rows with ${countText(more)} instructions: --limit 0 shows all`);
  }
  const stretch = `icount ${countText(from)} to ${countText(to)}`;
  lines.push(
    '',
    `Total: ${countText(total)} instructions, all of ${stretch}${idle > 0 ? ` but ${countText(idle)} idle` : ''}`,
  );
  return lines;
}
