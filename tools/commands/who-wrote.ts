import { ADDRESS_HELP } from '../session/address.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';
import { VCPU_HELP } from '../session/vcpu-option.ts';

export const whoWrote = command({
  command: 'who-wrote <tape> <what>',
  describe: "who wrote the guest's memory, or a register, last before a place",
  exits: { 0: 'told who did, or that nobody has', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('what', {
        type: 'string',
        demandOption: true,
        describe: `a register (x0, sp, TTBR0_EL1), or else the address of a byte: ${ADDRESS_HELP}`,
      })
      .option('at', { type: 'string', demandOption: true, describe: placeHelp('the place') })
      .option('vcpu', { type: 'string', describe: VCPU_HELP })
      .option('bytes', { type: 'string', default: '1', describe: 'a write of any of so many bytes at the address' })
      .option('all', { type: 'boolean', default: false, describe: 'all writes up to the place, in their order' })
      .option('from', { type: 'string', implies: 'all', describe: placeHelp('with --all: from this place on') })
      .option('limit', { type: 'string', default: '10000', describe: 'with --all: so many at most' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['at', 'vcpu', 'bytes', 'from', 'limit', 'symbols']),
  handler: async (args) => (await import('../session/who-wrote.ts')).whoWrote(args),
});
