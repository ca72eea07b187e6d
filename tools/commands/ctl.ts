import { controlCommands } from '../control/commands.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

const names = Object.keys(controlCommands);
const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

export const ctl = command({
  command: 'ctl [vm]',
  describe: 'look into a running VM and steer it, as bhyvectl does; or look into one on a tape',
  exits: { 0: 'told, and done', ...commonExits },
  // yargs has each by both of its spellings.
  lists: names.filter((name) => controlCommands[name]?.isList === true).flatMap((name) => [name, camel(name)]),
  builder: (yargs) =>
    Object.entries(controlCommands)
      .reduce(
        (all, [name, { value, describe, isList = false, isHidden = false }]) =>
          all.option(name, {
            type: value === undefined ? 'boolean' : 'string',
            array: isList,
            describe: value === undefined ? describe : `${describe}: ${value}`,
            hidden: isHidden,
          }),
        yargs
          .positional('vm', {
            type: 'string',
            describe: 'the socket of a run with --ctl, or a tape',
          })
          .option('at', { type: 'string', describe: placeHelp('of a tape: the place') })
          .option('cpu', { alias: 'vcpu', type: 'string', describe: 'whose registers and counters: a vCPU, 0' })
          .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' }),
      )
      .group(
        names.filter((name) => controlCommands[name]?.kind === 'look'),
        'Looking (--get-NAME takes any register: x1, sp, esr_el1, far, …):',
      )
      .group(
        names.filter((name) => controlCommands[name]?.kind === 'steer'),
        'Steering, which is recorded (--set-NAME likewise):',
      )
      .group(
        names.filter((name) => ['run', 'end'].includes(controlCommands[name]?.kind ?? '')),
        'The run (what ends it is recorded too):',
      )
      .requiresArg(['at', 'cpu', ...names.filter((name) => controlCommands[name]?.value !== undefined)])
      .example('$0 ctl vm.sock --get-stats', 'of "hypertape record … --ctl vm.sock"')
      .example('$0 ctl boot.tape --at end --get-all', 'the same of a tape at any place'),
  handler: async (args) => (await import('../session/ctl.ts')).ctl(args),
});
