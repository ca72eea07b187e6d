import { checkpointOptions, checkpointsOf, noCheckpointsOption } from '../session/checkpoint-options.ts';
import { command, commonExits } from '../session/command.ts';
import { SET_HELP } from '../session/edits.ts';
import { placeHelp } from '../session/places.ts';
import { PORTS_HELP, PORTS_LISTS } from '../session/ports-option.ts';
import { CTL_HELP, runExits } from '../session/run-options.ts';

export const fork = command({
  command: 'fork <tape>',
  describe: 'go live from a place of a tape, with changes, onto a new tape',
  exits: { ...runExits, 1: 'the way to the place differs from the recording', ...commonExits },
  lists: ['set', 'disk', ...PORTS_LISTS],
  builder: (yargs) =>
    noCheckpointsOption(checkpointOptions(yargs))
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('at', { type: 'string', demandOption: true, describe: placeHelp('where the new run leaves the old one') })
      .option('set', { type: 'string', array: true, describe: `a change there, or several: ${SET_HELP}` })
      .option('append-input', { type: 'string', describe: 'script of console input from there on' })
      .option('disk', {
        type: 'string',
        array: true,
        describe:
          "what the guest's disks began with, each in its turn: F[,format=raw|qcow2], for what the recording did not read",
      })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the tape to write' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('level', {
        choices: ['inputs', 'exits'] as const,
        describe: 'what the new tape holds, if not what the old one does',
      })
      .option('console', { type: 'string', default: 'stdio', describe: "guest's console: stdio, none or file:F" })
      .option('virtio-console', { type: 'string', array: true, describe: PORTS_HELP })
      .option('until', { type: 'string', describe: 'stop when the console shows this text' })
      .option('max-icount', { type: 'string', describe: 'stop at this instruction count, or time: 3e8, 1M, 1.2s' })
      .option('ctl', { type: 'string', describe: CTL_HELP })
      .option('on-panic', {
        choices: ['stop', 'continue'] as const,
        default: 'stop' as const,
        describe: 'whether a kernel that panicked runs on',
      })
      .option('force', { type: 'boolean', default: false, describe: 'replace files that are there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg([
        'at',
        'set',
        'append-input',
        'disk',
        'output',
        'symbols',
        'level',
        'console',
        'until',
        'max-icount',
        'ctl',
      ])
      .example('$0 fork boot.tape --at symbol:panic-1000 --set reg=x0:0 -o other.tape', 'what if it had been 0?'),
  handler: async (args) => (await import('../session/forking.ts')).forkTape(args, checkpointsOf(args)),
});
