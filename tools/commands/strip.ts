import { ExitStatus } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { stripTape } from '../../src/trace/codec/tape-repair.ts';
import { command, commonExits } from '../session/command.ts';
import { Outputs } from '../session/outputs.ts';
import { print, printJson } from '../session/standard-output.ts';
import { bytesText, countText } from '../session/units.ts';

export const strip = command({
  command: 'strip <tape>',
  describe: 'a tape without what only saves time, for sending',
  exits: { 0: 'the new tape replays as the old one', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the tape to write' })
      .option('images', {
        type: 'boolean',
        default: false,
        describe: "leave out the guest's images too: to replay it, their files must lie in the tape's folder",
      })
      .option('disks', {
        type: 'boolean',
        default: false,
        describe:
          "leave out what the guest read of its disks too: to replay it, their files must lie in the tape's folder",
      })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['output'])
      .example('$0 strip big.tape -o small.tape', 'then: hypertape index small.tape makes the checkpoints again'),
  handler: (args) => {
    const outputs = new Outputs(args.force);
    outputs.reads(args.tape, 'the tape');
    outputs.writes(args.output, '--output');
    const reader = TapeReader.open(args.tape);
    const { checkpoints, bytes } = stripTape(reader, args.output, args.force, {
      images: args.images,
      disks: args.disks,
    });
    reader.close();
    if (args.json) printJson({ path: args.output, checkpointsLeftOut: checkpoints, bytesLeftOut: bytes });
    else {
      const what = `${args.images ? 'images, ' : ''}${args.disks ? 'pages of disks, ' : ''}`;
      print(`${args.output}: without ${what}${countText(checkpoints)} checkpoints, ${bytesText(bytes)} less`);
    }
    return ExitStatus.ok;
  },
});
