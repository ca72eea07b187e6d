import { formatNames, formats } from '../formats/formats.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const exportTape = command({
  command: 'export <tape>',
  describe: "a tape's events in the format of another tool",
  exits: { 0: 'written', ...commonExits },
  isReduction: true,
  lists: ['program'],
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('to', {
        type: 'string',
        demandOption: true,
        describe: `the format: ${formatNames.map((name) => `${name} (${formats[name].describe})`).join(', ')}`,
      })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the file to write' })
      .option('from', { type: 'string', describe: placeHelp('from a place on') })
      .option('until', { type: 'string', describe: placeHelp('up to a place') })
      .option('table', { type: 'string', describe: 'of parquet: which of the tables that "query" has (exits)' })
      .option('memory', {
        type: 'boolean',
        default: false,
        describe: 'of tarmac: with what instructions read and wrote',
      })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('program', {
        type: 'string',
        array: true,
        describe: 'of drcov and lcov: an ELF of a program or library of the guest',
      })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['to', 'output', 'from', 'until', 'table', 'symbols', 'program']),
  handler: async (args) => (await import('../formats/export-tape.ts')).exportTape(args),
});
