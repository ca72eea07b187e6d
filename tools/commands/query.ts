import { command, commonExits } from '../session/command.ts';

export const query = command({
  command: 'query <tapes..>',
  describe: 'asks tapes by SQL: query TAPE… "SELECT …"',
  exits: { 0: 'the rows are printed', ...commonExits },
  isReduction: true,
  lists: ['tapes'],
  builder: (yargs) =>
    yargs
      .positional('tapes', {
        type: 'string',
        demandOption: true,
        describe: 'tapes, and at the end one statement of SQL (DuckDB’s) that reads: tables exits, mmio, sysregs, …',
      })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('json', { type: 'boolean', default: false, describe: 'an array of row objects; UBIGINT in hexadecimal' })
      .option('csv', { type: 'boolean', default: false, describe: 'comma-separated values with a header' })
      .option('memory-limit', { type: 'string', default: '64M', describe: 'what DuckDB may keep in memory' })
      .requiresArg(['symbols', 'memory-limit'])
      .example('$0 query a.tape "SELECT class, count(*) FROM exits GROUP BY ALL ORDER BY 2 DESC"', 'exits by class')
      .example('$0 query a.tape "DESCRIBE exits"', 'the columns of a table; docs/query.md explains them'),
  // yargs types what `..` collects as one.
  handler: async (args) =>
    (await import('../query/query.ts')).query({ ...args, tapes: args.tapes as unknown as readonly string[] }),
});
