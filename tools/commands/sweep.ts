import { command, commonExits } from '../session/command.ts';

export const sweep = command({
  command: 'sweep',
  describe: 'many recordings that differ in a seed or an option: finds those that end otherwise',
  exits: { 0: 'all runs ended as expected', 1: 'some did not, and their tapes are kept', ...commonExits },
  lists: ['vary'],
  takesRest: true,
  builder: (yargs) =>
    yargs
      .usage(
        '$0 sweep --seeds A..B -o DIR -- OPTIONS OF RECORD\n\nmany recordings that differ in a seed or an option: finds those that end otherwise',
      )
      .option('seeds', { type: 'string', describe: 'the first and the last: 1..64' })
      .option('vary', {
        type: 'string',
        array: true,
        nargs: 1,
        describe:
          'what differs: schedule (default) or entropy, by seed; policy, each timer policy; append=FILE, a command line from each of its lines; given several times, each with each',
      })
      .option('rules', {
        type: 'string',
        describe: 'a finding is a run that breaks one of these rules (docs/check.md)',
      })
      .option('until', { type: 'string', describe: 'a finding is a run whose console never shows this text' })
      .option('expect-exit', {
        type: 'string',
        describe: 'a finding is a run that ends otherwise: poweroff, or several as reset,panic',
      })
      .option('jobs', { type: 'string', describe: 'so many runs at a time, each a process; default: the cores' })
      .option('keep', { type: 'string', default: '100', describe: 'so many tapes of findings at most' })
      .option('output', {
        alias: 'o',
        type: 'string',
        demandOption: true,
        describe: 'a new folder for the tapes of findings; others are not kept',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['seeds', 'vary', 'rules', 'until', 'expect-exit', 'jobs', 'keep', 'output'])
      .example(
        '$0 sweep --seeds 1..64 -o races -- --guest demo-race-arm64 --smp 2 --memory 32M --max-icount 1M',
        'without --rules, --until and --expect-exit: what ends otherwise than by power-off',
      ),
  handler: async (args, rest) => (await import('../sweeping/sweep.ts')).sweep(args, rest),
});
