import { command, commonExits } from '../session/command.ts';

export const diff = command({
  command: 'diff <a> <b>',
  describe:
    'what two tapes differ in: the first event, the kind of cause, and all that follows, laid beside each other',
  exits: { 0: 'they are of the same run', 1: 'told in what they differ', ...commonExits },
  isReduction: true,
  builder: (yargs) =>
    yargs
      .positional('a', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote, or "import" made' })
      .positional('b', {
        type: 'string',
        demandOption: true,
        describe: 'another: another seed, command line, device, kernel, program or host',
      })
      .option('limit', { type: 'string', default: '20', describe: 'rows of each table at most (0: all)' })
      .option('context', { type: 'string', default: '3', describe: 'events told before the first that differs' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('symbols-b', { type: 'string', describe: 'those of the other tape, where its kernel is another' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['limit', 'context', 'symbols', 'symbols-b'])
      .example('$0 diff monday.tape tuesday.tape', 'what the new kernel does otherwise'),
  handler: async (args) => (await import('../comparing/differing.ts')).diffTapes(args),
});
