import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const core = command({
  command: 'core <tape>',
  describe: 'an ELF core of the guest at a place of a tape, for gdb, drgn and crash',
  exits: { 0: 'written', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('at', { type: 'string', demandOption: true, describe: placeHelp('the place') })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the file to write' })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['at', 'output']),
  handler: async (args) => (await import('../session/core.ts')).core(args),
});
