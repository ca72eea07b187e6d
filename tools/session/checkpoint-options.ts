import type { Argv } from 'yargs';
import { Failure } from '../../src/base/failure.ts';
import type { CheckpointSpacing } from '../../src/replay/checkpoints.ts';
import { countOf, icountOf } from './numbers.ts';

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

/** What of the run is recorded, and where its checkpoints are: all of it, or with `--keep-last` its end. @throws Failure */
export function keptOf(args: CheckpointArgs & { readonly keepLast?: string | undefined }): {
  readonly checkpoints: CheckpointSpacing | null;
  readonly keepLast?: number;
} {
  const checkpoints = checkpointsOf(args);
  if (args.keepLast === undefined) return { checkpoints };
  if (args.noCheckpoints || args.checkpointEvery !== undefined)
    throw new Failure('--keep-last: has checkpoints of its own; leave out --checkpoint-every and --no-checkpoints');
  const keepLast = icountOf('--keep-last', args.keepLast);
  if (keepLast === 0) throw new Failure('--keep-last 0: give a time such as 60s');
  return { checkpoints: null, keepLast };
}
