import { command, commonExits } from '../session/command.ts';

export const dataset = command({
  command: 'dataset <action> <words..>',
  describe: 'Parquet files of many tapes: add TAPE… DIR, list DIR, query DIR "SELECT …"',
  exits: { 0: 'done; a tape that was there already is no fault', ...commonExits },
  isReduction: true,
  lists: ['words'],
  builder: (yargs) =>
    yargs
      .positional('action', { choices: ['add', 'list', 'query'] as const, demandOption: true })
      .positional('words', {
        type: 'string',
        demandOption: true,
        describe: 'tapes and, at the end, the folder; or the folder and, to query it, SQL',
      })
      .option('guest', { type: 'string', describe: 'add: what the guest is called; else as the catalogue calls it' })
      .option('symbols', { type: 'string', describe: "add: the guest's symbols: an ELF or System.map" })
      .option('json', { type: 'boolean', default: false, describe: 'JSON: of rows an array of objects' })
      .option('csv', { type: 'boolean', default: false, describe: 'rows as comma-separated values with a header' })
      .option('memory-limit', { type: 'string', default: '64M', describe: 'query: what DuckDB may keep in memory' })
      .requiresArg(['guest', 'symbols', 'memory-limit']),
  // yargs types what `..` collects as one.
  handler: async (args) =>
    (await import('../query/dataset-verb.ts')).dataset({ ...args, words: args.words as unknown as readonly string[] }),
});
