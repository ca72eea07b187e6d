import { checkpointOptions, keptOf, noCheckpointsOption } from '../session/checkpoint-options.ts';
import { command, commonExits } from '../session/command.ts';
import { machineLists } from '../session/machine-options.ts';
import { runExits, runOptions } from '../session/run-options.ts';

export const record = command({
  command: 'record',
  describe: 'run a guest and record it to a tape',
  lists: machineLists,
  exits: { ...runExits, ...commonExits },
  builder: (yargs) =>
    noCheckpointsOption(checkpointOptions(runOptions(yargs)))
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the tape to write' })
      .option('level', {
        choices: ['inputs', 'exits'] as const,
        default: 'exits' as const,
        describe: 'what the tape holds: only what a replay needs, or every exit',
      })
      .option('keep-last', {
        type: 'string',
        describe:
          'a flight recorder: keep the last 60s in memory, and write them when the run ends, by itself or by a signal',
      })
      .option('reference-disks', {
        type: 'boolean',
        default: false,
        describe: 'leave what the guest reads of its disks out of the tape: to replay it, their files must be there',
      })
      .option('reproducible', { type: 'boolean', default: false, describe: 'leave out what is known of this host' })
      .requiresArg(['output', 'level', 'keep-last'])
      .example('$0 record --guest demo-arm64 -o demo.tape', 'then: hypertape replay demo.tape'),
  handler: async (args) =>
    (await import('../session/recording.ts')).runMachine(args, {
      path: args.output,
      level: args.level,
      reproducible: args.reproducible,
      referenceDisks: args.referenceDisks,
      ...keptOf(args),
    }),
});
