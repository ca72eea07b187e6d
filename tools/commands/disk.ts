import { diskFormats } from '../../src/machine/disks/open-disk.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const disk = command({
  command: 'disk <tape>',
  describe: 'a disk as the guest had it at a place of a tape, as a raw file',
  exits: { 0: 'written', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('at', { type: 'string', default: 'end', describe: placeHelp('the place') })
      .option('disk', { type: 'string', default: '0', describe: 'which, from 0' })
      .option('base', {
        type: 'string',
        describe: 'the file that the disk began with, for what the guest never read, which is zeros otherwise',
      })
      .option('format', { choices: diskFormats, describe: 'how that file holds it; raw unless it is named .qcow2' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the file to write' })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['at', 'disk', 'base', 'format', 'output']),
  handler: async (args) => (await import('../session/disk.ts')).writeDisk(args),
});
