import { NAME_HELP } from '../session/address.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const translate = command({
  command: 'translate <tape> <address>',
  describe: 'what becomes of a virtual address at a place of a tape: each level of both stages',
  exits: { 0: 'told, be it a translation or why there is none', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('address', { type: 'string', demandOption: true, describe: `a virtual address, or ${NAME_HELP}` })
      .option('at', { type: 'string', demandOption: true, describe: placeHelp('the place') })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['at', 'symbols']),
  handler: async (args) => (await import('../session/translate.ts')).translate(args),
});
