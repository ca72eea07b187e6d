import { command, commonExits } from '../session/command.ts';

export const minimize = command({
  command: 'minimize <tape>',
  describe: 'the fewest turns made to end, and the shortest console input, that still show what a tape shows',
  exits: { 0: 'the new tape shows it', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" or "sweep" wrote' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the tape to write' })
      .option('rules', { type: 'string', describe: 'it shows that it breaks the same of these rules (docs/check.md)' })
      .option('until', {
        type: 'string',
        describe: 'it shows that this text is never shown; else how it ended is what it shows',
      })
      .option('runs', { type: 'string', default: '2000', describe: 'so many runs are tried at most' })
      .option('reproducible', { type: 'boolean', default: false, describe: 'leave out what is known of this host' })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['output', 'rules', 'until', 'runs'])
      .example('$0 minimize races/seed-7-reset.tape -o least.tape', 'then: hypertape events least.tape'),
  handler: async (args) => (await import('../sweeping/minimize.ts')).minimize(args),
});
