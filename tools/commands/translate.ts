import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const translate = command({
  command: 'translate <tape> <address>',
  describe: 'what becomes of a virtual address at a place of a tape: each level of both stages',
  exits: { 0: 'told, be it a translation or why there is none', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('address', { type: 'string', demandOption: true, describe: 'a virtual address' })
      .option('at', { type: 'string', demandOption: true, describe: placeHelp('the place') })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['at']),
  handler: async (args) => (await import('../session/translate.ts')).translate(args),
});
