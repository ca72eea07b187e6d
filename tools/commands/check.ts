import { command, commonExits } from '../session/command.ts';

export const check = command({
  command: 'check <tapes..>',
  describe: 'holds rules against tapes: budgets and orderings of events, for CI',
  exits: { 0: 'all rules are kept', 1: 'a rule is broken', ...commonExits },
  isReduction: true,
  lists: ['tapes'],
  builder: (yargs) =>
    yargs
      .positional('tapes', { type: 'string', demandOption: true, describe: 'tapes that "record" wrote' })
      .option('rules', {
        type: 'string',
        demandOption: true,
        describe: 'a file of rules (docs/check.md), or - for standard input',
      })
      .option('junit', { type: 'string', describe: 'writes a JUnit report: a suite a tape, a case a rule' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('force', { type: 'boolean', default: false, describe: 'replace the report that is there' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['rules', 'junit', 'symbols']),
  // yargs types what `..` collects as one.
  handler: async (args) =>
    (await import('../checking/check.ts')).check({ ...args, tapes: args.tapes as unknown as readonly string[] }),
});
