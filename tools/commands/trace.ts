import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const trace = command({
  command: 'trace <tape>',
  describe: 'what the guest did over a stretch of a tape: instructions, calls, or a line at each call of a function',
  exits: { 0: 'told to the end of the stretch', ...commonExits },
  lists: ['probe', 'observer', 'program'],
  builder: (yargs) =>
    yargs
      .positional('tape', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .option('from', { type: 'string', demandOption: true, describe: placeHelp('where it begins') })
      .option('to', { type: 'string', demandOption: true, describe: placeHelp('where it ends') })
      .option('show', {
        choices: ['instructions', 'calls'] as const,
        describe: 'instructions with the registers that they wrote (the default), or calls with what they took',
      })
      .option('symbol', { type: 'string', describe: 'only instructions of this function, or calls below it' })
      .option('memory', { type: 'boolean', default: false, describe: 'instructions with what they read and wrote' })
      .option('probe', {
        type: 'string',
        array: true,
        describe: 'a line at each call of a function: "vfs_open x0 path=arg1:string"; arg1 is its first argument',
      })
      .option('observer', { type: 'string', array: true, describe: 'a TypeScript file whose default export is told' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('program', { type: 'string', array: true, describe: 'an ELF of a program or library of the guest' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object a line, of probes' })
      .requiresArg(['from', 'to', 'symbol', 'probe', 'observer', 'symbols', 'program']),
  handler: async (args) => (await import('../session/tracing.ts')).trace(args),
});
