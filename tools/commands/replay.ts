import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';
import { PORTS_HELP, PORTS_LISTS } from '../session/ports-option.ts';

export const replay = command({
  command: 'replay <tape>',
  describe: 'run a tape again and check that it is the same run',
  exits: {
    0: 'the replay is the recording, as far as it went (a tape that was cut off: up to its last whole frame)',
    1: 'the replay differs from the recording',
    3: 'interrupted by the user; identical as far as it went',
    ...commonExits,
  },
  lists: [...PORTS_LISTS],
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('until', { type: 'string', describe: placeHelp('stop at a place') })
      .option('parallel', {
        type: 'string',
        describe: 'verify the stretches between checkpoints side by side, in so many threads',
      })
      .option('devices', {
        choices: ['tape'] as const,
        describe: 'tape: the CPU alone runs; what devices answered and did comes from the tape',
      })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('console', { type: 'string', default: 'stdio', describe: "guest's console: stdio, none or file:F" })
      .option('virtio-console', { type: 'string', array: true, describe: PORTS_HELP })
      .option('force', { type: 'boolean', default: false, describe: 'replace files that are there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['until', 'parallel', 'devices', 'symbols', 'console']),
  handler: async (args) => (await import('../session/replaying.ts')).replayTape(args),
});
