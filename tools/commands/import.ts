import { boardNames } from '../../src/machine/boards/index.ts';
import { command, commonExits } from '../session/command.ts';

export const importTrace = command({
  command: 'import <trace>',
  describe: "a real host's trace of KVM as a tape to analyse, which has no machine to replay",
  exits: { 0: 'written; what was not understood is told', ...commonExits },
  isReduction: true,
  builder: (yargs) =>
    yargs
      .positional('trace', {
        type: 'string',
        demandOption: true,
        describe:
          'a trace.dat, or text of ftrace, "trace-cmd report" or "perf script", with the kvm events of an arm64 host',
      })
      .option('output', { alias: 'o', type: 'string', demandOption: true, describe: 'the tape to write' })
      .option('kernel', {
        type: 'string',
        describe: "the guest's kernel (Image, vmlinuz, ELF), which goes onto the tape: names of functions",
      })
      .option('board', {
        choices: boardNames,
        describe: "the board whose addresses the guest has (virt is QEMU's): names of device registers",
      })
      .option('costs', {
        type: 'string',
        describe: 'a file for how long the host took over each class of exits, for "profile --costs"',
      })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['output', 'kernel', 'board', 'costs']),
  handler: async (args) => (await import('../importing/import-trace.ts')).importTrace(args),
});
