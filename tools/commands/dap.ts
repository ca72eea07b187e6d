import { command, commonExits } from '../session/command.ts';

export const dap = command({
  command: 'dap',
  describe: 'debug a tape from an editor: the Debug Adapter Protocol on standard input and output',
  exits: { 0: 'the editor has ended it', ...commonExits },
  builder: (yargs) =>
    yargs.epilogue('"launch" takes "tape": its path; and, if wanted, "at": a place, "symbols": an ELF or System.map'),
  handler: async () => (await import('../session/dap-session.ts')).debugFromEditor(),
});
