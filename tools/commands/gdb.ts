import { Failure } from '../../src/base/failure.ts';
import { checkpointOptions, checkpointsOf, noCheckpointsOption } from '../session/checkpoint-options.ts';
import { command, commonExits } from '../session/command.ts';
import { LISTEN_DEFAULT } from '../session/listen-default.ts';
import { machineLists } from '../session/machine-options.ts';
import { placeHelp } from '../session/places.ts';
import { runOptions } from '../session/run-options.ts';

export const gdb = command({
  command: 'gdb [tape]',
  describe: 'debug a guest with GDB: of a tape, forwards and backwards; or one that runs, recording it',
  lists: machineLists,
  exits: {
    0: 'the debugger, or a signal, ended it; the guest powered off',
    3: 'the guest, which ran, stopped otherwise',
    ...commonExits,
  },
  builder: (yargs) =>
    noCheckpointsOption(checkpointOptions(runOptions(yargs)))
      .positional('tape', { type: 'string', describe: 'a tape that "record" wrote' })
      .option('listen', {
        type: 'string',
        default: LISTEN_DEFAULT,
        describe: 'where to wait for GDB: PORT or HOST:PORT; port 0 is any that is free',
      })
      .option('stdio', {
        type: 'boolean',
        default: false,
        describe: 'talk to GDB by way of standard input and output: target remote | hypertape gdb T --stdio',
      })
      .option('at', { type: 'string', describe: placeHelp('of a tape: begin at a place') })
      .option('symbols', { type: 'string', describe: "of a tape: the guest's symbols, an ELF or System.map" })
      .option('output', { alias: 'o', type: 'string', describe: 'without a tape: the one to record to' })
      .option('level', {
        choices: ['inputs', 'exits'] as const,
        default: 'exits' as const,
        describe: 'what the recorded tape holds: only what a replay needs, or every exit',
      })
      .option('reproducible', { type: 'boolean', default: false, describe: 'leave out what is known of this host' })
      .group(['listen', 'stdio', 'at', 'symbols'], 'The debugger:')
      .requiresArg(['listen', 'at', 'symbols', 'output', 'level'])
      .example('$0 gdb boot.tape', 'then: gdb-multiarch vmlinux -ex "target remote 127.0.0.1:PORT"')
      .example('$0 gdb --guest demo-arm64 -o my.tape', 'the guest stands still until GDB lets it run'),
  handler: async (args) => {
    const { tape, guest, kernel, output } = args;
    if (tape !== undefined) {
      const other = guest !== undefined ? '--guest' : kernel !== undefined ? '--kernel' : output && '--output';
      if (other) throw new Failure(`${other}: a tape has its guest, and is not recorded again; give one or the other`);
      return (await import('../session/gdb-serving.ts')).debugTape(tape, args);
    }
    for (const option of ['at', 'symbols'] as const)
      if (args[option] !== undefined) throw new Failure(`--${option}: that is for a tape; leave it out`);
    const { level, reproducible } = args;
    const recorded =
      output === undefined ? null : { path: output, level, reproducible, checkpoints: checkpointsOf(args) };
    return (await import('../session/gdb-live.ts')).debugLive(args, recorded);
  },
});
