import { ExitStatus } from '../../src/base/failure.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { repairTape } from '../../src/trace/codec/tape-repair.ts';
import { command, commonExits } from '../session/command.ts';
import { Outputs } from '../session/outputs.ts';
import { print, printJson } from '../session/standard-output.ts';
import { countText } from '../session/units.ts';

export const repair = command({
  command: 'repair <tape>',
  describe: 'make a whole tape of what a cut or damaged one still holds',
  exits: { 0: 'the new tape is whole, with the events up to the first that is lost', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape, or what a killed recording left' })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the tape to write' })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['output'])
      .example('$0 repair killed.tape -o whole.tape', 'then: hypertape replay whole.tape'),
  handler: (args) => {
    const outputs = new Outputs(args.force);
    outputs.reads(args.tape, 'the tape');
    outputs.writes(args.output, '--output');
    const reader = TapeReader.open(args.tape);
    const before = reader.verify();
    const repaired = repairTape(reader, args.output, args.force);
    reader.close();
    const { events, icount, end, framesLeftOut } = repaired;
    if (args.json) printJson({ path: args.output, was: before.summary, ...repaired });
    else {
      const left = framesLeftOut === 0 ? '' : `; ${countText(framesLeftOut)} frames behind what is lost are left out`;
      const how = end === 'kept' ? 'to the end of the run' : 'where it ends, its final state not known';
      print(
        `${args.tape} is ${before.summary}`,
        `${args.output}: ${countText(events)} events up to icount ${countText(icount)}, ${how}${left}`,
      );
    }
    return ExitStatus.ok;
  },
});
