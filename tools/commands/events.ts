import type { Argv } from 'yargs';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

const options = (yargs: Argv) =>
  yargs
    .positional('tapes', { type: 'string', demandOption: true, describe: 'tapes that "record" wrote' })
    .option('class', {
      type: 'string',
      describe: "only these, comma-separated: events, or exits by KVM's or bhyve's name (mmio-read,WFx,DABT_LOW)",
    })
    .option('vcpu', { type: 'string', describe: 'only this vCPU' })
    .option('from', { type: 'string', describe: placeHelp('from a place on') })
    .option('to', { type: 'string', describe: 'up to a place' })
    .option('ipa', { type: 'string', describe: 'only accesses of this guest-physical address, or range A-B' })
    .option('intid', { type: 'string', describe: 'only this interrupt' })
    .option('symbol', { type: 'string', describe: 'only at a PC within this function of the guest' })
    .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
    .option('limit', { type: 'string', describe: 'no more than so many lines' })
    .option('raw', { type: 'boolean', default: false, describe: "one line an event, in bhyve's and KVM's words" })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON object an event, one a line' })
    .group(['from', 'to', 'class', 'vcpu', 'ipa', 'intid', 'symbol', 'limit'], 'What to list:')
    .group(['raw', 'json', 'symbols'], 'How:')
    .requiresArg(['class', 'vcpu', 'from', 'to', 'ipa', 'intid', 'symbol', 'symbols', 'limit']);

export const events = command({
  command: 'events <tapes..>',
  describe: 'list the events of tapes',
  exits: { 0: 'listed, to the end of the tape or of what is whole of it', ...commonExits },
  isReduction: true,
  lists: ['tapes'],
  builder: options,
  handler: async (args) =>
    // yargs types what `..` collects as one.
    (await import('../session/listing.ts')).listEvents(args.tapes as unknown as readonly string[], args),
});
