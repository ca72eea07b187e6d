import { ADDRESS_HELP } from '../session/address.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';
import { VCPU_HELP } from '../session/vcpu-option.ts';

export const why = command({
  command: 'why <tape> <what>',
  describe: "where a value of the guest's memory, or of a register, came from: the chain of its causes",
  exits: { 0: 'told as far as it is followed', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('what', {
        type: 'string',
        demandOption: true,
        describe: `a register (x0, sp, v3, TTBR0_EL1), or else an address: ${ADDRESS_HELP}`,
      })
      .option('at', { type: 'string', demandOption: true, describe: placeHelp('the place') })
      .option('vcpu', { type: 'string', describe: VCPU_HELP })
      .option('bytes', { type: 'string', describe: 'of memory so many bytes; 8, on ARMv7 4' })
      .option('depth', { type: 'string', default: '32', describe: 'follow so many steps' })
      .option('limit', { type: 'string', default: '256', describe: 'follow so many values in all' })
      .option('all', { type: 'boolean', default: false, describe: 'follow address and control dependences too' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['at', 'vcpu', 'bytes', 'depth', 'limit', 'symbols']),
  handler: async (args) => (await import('../session/why.ts')).why(args),
});
