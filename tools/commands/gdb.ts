import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const gdb = command({
  command: 'gdb <tape>',
  describe: 'debug the guest of a tape with GDB, forwards and backwards',
  exits: { 0: 'the debugger, or a signal, ended it', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('listen', {
        type: 'string',
        default: '127.0.0.1:0',
        describe: 'where to wait for GDB: PORT or HOST:PORT; port 0 is any that is free',
      })
      .option('stdio', {
        type: 'boolean',
        default: false,
        describe: 'talk to GDB by way of standard input and output: target remote | hypertape gdb T --stdio',
      })
      .option('at', { type: 'string', describe: placeHelp('begin at a place') })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .requiresArg(['listen', 'at', 'symbols'])
      .example('$0 gdb boot.tape', 'then: gdb-multiarch vmlinux -ex "target remote 127.0.0.1:PORT"'),
  handler: async (args) => (await import('../session/gdb-serving.ts')).debugTape(args.tape, args),
});
