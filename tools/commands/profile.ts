import { BY, dimensionNames, INTID, profileFormats } from '../profiling/dimensions.ts';
import { command, commonExits } from '../session/command.ts';
import { placeHelp } from '../session/places.ts';

export const profile = command({
  command: 'profile <tapes..>',
  describe:
    'which exits a guest makes, how often and from where; of two tapes, what changed from the first to the second',
  exits: { 0: 'told', ...commonExits },
  isReduction: true,
  lists: ['tapes', 'program'],
  builder: (yargs) =>
    yargs
      .positional('tapes', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote, or two' })
      .option('by', {
        type: 'string',
        default: BY,
        describe: `what exits are put together by: ${dimensionNames.join(', ')} (${INTID}: interrupts placed in list registers); several with commas`,
      })
      .option('from', { type: 'string', describe: placeHelp('from a place on') })
      .option('to', { type: 'string', describe: 'up to a place' })
      .option('vcpu', { type: 'string', describe: 'only exits of this vCPU' })
      .option('costs', {
        type: 'string',
        describe:
          'what exits cost on a real host: a file of lines such as "DABT_LOW 6.24us" (also INST_EMUL, DABT_LOW/PAGING, *)',
      })
      .option('format', {
        choices: profileFormats,
        default: 'table' as const,
        describe: 'table as of "perf kvm stat", stats as of "bhyvectl --get-stats", or a flame graph\'s input',
      })
      .option('interrupts', {
        type: 'boolean',
        default: false,
        describe:
          'instead: what became of each interrupt, how long each step took, and of timers, how late they were and why',
      })
      .option('instructions', {
        type: 'boolean',
        default: false,
        describe:
          'instead of exits all instructions, counted exactly in a replay, --by symbol, stack, task, or "task,stack"',
      })
      .option('advice', {
        type: 'boolean',
        default: false,
        describe: 'with what a hypervisor engineer would say of it, by rules of thumb',
      })
      .option('limit', { type: 'string', describe: 'rows of the table at most (40; 0: all)' })
      .option('histogram', {
        type: 'boolean',
        default: false,
        describe: 'with how the instructions before each exit lie',
      })
      .option('output', { alias: 'o', type: 'string', describe: 'a file to write instead of standard output' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('program', {
        type: 'string',
        array: true,
        describe: 'an ELF of a program or library of the guest: names of its functions, in a replay',
      })
      .option('replay', {
        type: 'boolean',
        default: false,
        describe: "name code of the kernel's modules and of programs too (--by symbol, pc), which takes a replay",
      })
      .option('force', { type: 'boolean', default: false, describe: 'replace a file that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .group(['by', 'from', 'to', 'vcpu', 'costs', 'interrupts', 'instructions'], 'What to count:')
      .group(
        ['format', 'limit', 'histogram', 'advice', 'output', 'force', 'json', 'symbols', 'program', 'replay'],
        'How:',
      )
      .requiresArg(['by', 'from', 'to', 'vcpu', 'costs', 'format', 'limit', 'output', 'symbols', 'program']),
  // yargs types what `..` collects as one.
  handler: async (args) =>
    (await import('../profiling/profile.ts')).profile({ ...args, tapes: args.tapes as unknown as readonly string[] }),
});
