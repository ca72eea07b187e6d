import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const report = command({
  command: 'report <tape> [tape2]',
  describe: 'one HTML page of a tape, or of two beside each other, that needs no network',
  exits: { 0: 'written', ...commonExits },
  isReduction: true,
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('tape2', { type: 'string', describe: 'another one, which is compared with it' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the file to write' })
      .option('title', { type: 'string', describe: 'what the page is called' })
      .option('from', { type: 'string', describe: placeHelp('from a place on') })
      .option('to', { type: 'string', describe: 'up to a place' })
      .option('vcpu', { type: 'string', describe: 'only exits and interrupts of this vCPU' })
      .option('stacks', {
        type: 'boolean',
        default: false,
        describe: 'with call stacks and tasks at exits, which takes a replay',
      })
      .option('costs', {
        type: 'string',
        describe: 'what exits cost on a real host: a file of lines such as "DABT_LOW 6.24us", as profile takes it',
      })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('symbols-b', { type: 'string', describe: 'those of the other tape, where its kernel is another' })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .group(['from', 'to', 'vcpu', 'stacks', 'costs'], 'What to show:')
      .requiresArg(['output', 'title', 'from', 'to', 'vcpu', 'costs', 'symbols', 'symbols-b']),
  handler: async (args) => (await import('../report/report.ts')).report(args),
});
