// commands/: the verbs of the command line, a file each.

import { command, commonExits } from '../session/command.ts';
import { machineLists } from '../session/machine-options.ts';
import { runExits, runOptions } from '../session/run-options.ts';

export const run = command({
  command: 'run',
  describe: 'run a guest without a tape',
  lists: machineLists,
  exits: { ...runExits, ...commonExits },
  builder: (yargs) =>
    runOptions(yargs)
      .example('$0 run --guest demo-arm64', 'the guest that comes with hypertape')
      .example('$0 run --kernel Image --initrd initrd.gz --append console=ttyAMA0', 'a Linux kernel'),
  handler: async (args) => (await import('../session/recording.ts')).runMachine(args, null),
});
