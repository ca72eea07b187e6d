import { command, commonExits } from '../session/command.ts';

export const report = command({
  command: 'report <tape> [tape2]',
  describe: 'one HTML page of a tape, or of two beside each other, that needs no network',
  exits: { 0: 'written', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('tape2', { type: 'string', describe: 'another one, which is compared with it' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the file to write' })
      .option('title', { type: 'string', describe: 'what the page is called' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['output', 'title', 'symbols']),
  handler: async (args) => (await import('../report/report.ts')).report(args),
});
