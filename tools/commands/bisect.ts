import { command, commonExits } from '../session/command.ts';

export const bisect = command({
  command: 'bisect <a> <b> [tape]',
  describe: 'where the runs of two tapes part: the first instruction that has another effect, and its cause',
  exits: {
    0: 'no instruction has another effect, and nothing else differs',
    1: 'told where they part, or in what they differ',
    ...commonExits,
  },
  builder: (yargs) =>
    yargs
      .positional('a', { type: 'string', demandOption: true, describe: 'a tape that "record" wrote' })
      .positional('b', { type: 'string', demandOption: true, describe: 'another, of a machine of the same kind' })
      .positional('tape', { type: 'string', describe: 'with --versions: the tape that both programs replay' })
      .option('versions', {
        type: 'boolean',
        default: false,
        describe: 'instead: a and b are commands that start two builds of hypertape; where do they part on a tape?',
      })
      .option('depth', {
        type: 'string',
        default: '32',
        describe: 'follow the chain of causes for so many steps; 0: not',
      })
      .option('all', { type: 'boolean', default: false, describe: 'follow address and control dependences too' })
      .option('symbols', { type: 'string', describe: "the guest's symbols: an ELF or System.map" })
      .option('symbols-b', { type: 'string', describe: 'those of the other tape, where its kernel is another' })
      .option('html', {
        type: 'string',
        describe: 'write a page too: what was found, with both runs beside each other',
      })
      .option('force', { type: 'boolean', default: false, describe: 'replace a page that is there already' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
      .requiresArg(['depth', 'html', 'symbols', 'symbols-b'])
      .example('$0 bisect good.tape bad.tape', 'both boots, and what made them different')
      .example('$0 bisect --versions "npx hypertape@0.2.0" hypertape boot.tape', 'what another release computes'),
  handler: async (args) => {
    if (args.versions) return (await import('../comparing/versions.ts')).bisectVersions(args);
    const { bisectTapes } = await import('../comparing/bisecting.ts');
    const { html } = args;
    if (html === undefined) return bisectTapes(args);
    const { PartingPage } = await import('../report/parting-page.ts');
    const page = new PartingPage({ ...args, html });
    const status = await bisectTapes(args, (told) => page.write(told));
    page.end();
    return status;
  },
});
