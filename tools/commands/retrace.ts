import { Failure } from '../../src/base/failure.ts';
import { checkpointOptions, checkpointsOf, noCheckpointsOption } from '../session/checkpoint-options.ts';
import { command, commonExits } from '../session/command.ts';

export const retrace = command({
  command: 'retrace <tape>',
  describe: 'replay a tape of inputs alone into one with every exit',
  exits: {
    0: 'the new tape is what recording every exit would have made',
    1: 'the replay differs from the recording',
    ...commonExits,
  },
  builder: (yargs) =>
    noCheckpointsOption(checkpointOptions(yargs))
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape of "record --level inputs"' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the tape to write' })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['output'])
      .example('$0 retrace small.tape -o full.tape', 'then: hypertape events full.tape'),
  handler: async (args) =>
    (await import('../session/rewriting.ts')).rewriteTape('retracing', args, ({ header, path }) => {
      if (header.level !== 'inputs')
        throw new Failure(`${path}: it has every exit already; there is nothing to retrace`);
      return { level: 'exits', checkpoints: checkpointsOf(args) };
    }),
});
