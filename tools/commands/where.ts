import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const where = command({
  command: 'where <tape>',
  describe: 'the guest at places of a tape: registers, call stack, instruction',
  exits: { 0: 'told of each place', ...commonExits },
  lists: ['at', 'program'],
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('at', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: placeHelp('a place, or several, in turn'),
      })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('program', { type: 'string', array: true, describe: 'an ELF of a program or library of the guest' })
      .option('state', {
        type: 'boolean',
        default: false,
        describe: 'with --json: also digests of the whole state and of memory, and all registers',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a place, one a line' })
      .requiresArg(['at', 'symbols', 'program']),
  handler: async (args) => (await import('../session/where.ts')).where(args),
});
