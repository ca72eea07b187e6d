import type { Argv } from 'yargs';
import { Failure } from '../../src/base/failure.ts';
import type { CheckpointSpacing } from '../../src/replay/checkpoints.ts';
import { countOf } from './numbers.ts';

/** Options that say where a tape has checkpoints. */
export interface CheckpointArgs {
  readonly checkpointEvery?: string | undefined;
  readonly noCheckpoints?: boolean;
}

/** Where a verb that writes a tape makes them. */
export const checkpointOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('checkpoint-every', {
      type: 'string',
      describe: 'checkpoints after so many instructions each (50M), instead of where seeks need them',
    })
    .requiresArg(['checkpoint-every']);
/** And whether. */
export const noCheckpointsOption = <T>(yargs: Argv<T>) =>
  yargs.option('no-checkpoints', {
    type: 'boolean',
    default: false,
    describe: 'no checkpoints: a smaller tape, slower seeks',
  });

/** Where they are to be; null for nowhere. @throws Failure */
export function checkpointsOf({ checkpointEvery, noCheckpoints = false }: CheckpointArgs): CheckpointSpacing | null {
  if (checkpointEvery === undefined) return noCheckpoints ? null : 'by cost';
  if (noCheckpoints) throw new Failure('--checkpoint-every and --no-checkpoints exclude each other; give one of them');
  const instructions = countOf('--checkpoint-every', checkpointEvery);
  if (instructions === 0) throw new Failure('--checkpoint-every 0: give a number of instructions, or --no-checkpoints');
  return { instructions };
}
