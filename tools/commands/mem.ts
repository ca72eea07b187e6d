import { ADDRESS_HELP } from '../session/address.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const mem = command({
  command: 'mem <tape> <address> <length>',
  describe: "the guest's memory at a place of a tape",
  exits: { 0: 'all of it is shown or written', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('address', { type: 'string', demandOption: true, describe: ADDRESS_HELP })
      .positional('length', { type: 'string', demandOption: true, describe: 'how many bytes: 64, 0x100, 4K' })
      .option('at', { type: 'string', demandOption: true, describe: placeHelp('the place') })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('output', { alias: 'o', type: 'string', describe: 'write the bytes as they are to this file' })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['at', 'symbols', 'output']),
  handler: async (args) => (await import('../session/mem.ts')).mem(args),
});
