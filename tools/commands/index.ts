import { checkpointOptions, checkpointsOf } from '../session/checkpoint-options.ts';
import { command, commonExits } from '../session/command.ts';

export const index = command({
  command: 'index <tape>',
  describe: 'replay a tape and add checkpoints to it, for faster seeks',
  exits: {
    0: 'the tape has checkpoints, and was verified',
    1: 'the replay differs from the recording',
    ...commonExits,
  },
  builder: (yargs) =>
    checkpointOptions(yargs)
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('output', {
        alias: 'o',
        type: 'string',
        describe: 'a new tape; without it the tape itself, once all is done',
      })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['output'])
      .example('$0 index old.tape', 'the events stay as they are'),
  handler: async (args) =>
    (await import('../session/rewriting.ts')).rewriteTape('indexing', args, () => ({
      checkpoints: checkpointsOf(args),
    })),
});
