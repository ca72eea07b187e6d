import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { fetchGuest, type GuestRow, guestFiles, guestsFolder, listGuests } from '../guests/catalogue.ts';
import { command, commonExits } from '../session/command.ts';
import { print, printJson, say } from '../session/standard-output.ts';

export const guest = command({
  command: 'guest <action> [name]',
  describe: 'the catalogue of guests: list, fetch NAME, path NAME',
  exits: { 0: 'done', ...commonExits },
  builder: (yargs) =>
    yargs
      .positional('action', { choices: ['list', 'fetch', 'path'] as const, demandOption: true })
      .positional('name', { type: 'string', describe: 'a guest of the list' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' }),
  handler: ({ action, name, json }) => {
    if (action === 'list') {
      if (name !== undefined) throw new Failure('guest list: takes no name');
      const guests = listGuests();
      if (json) printJson({ guests });
      else print(...listing(guests));
      return ExitStatus.ok;
    }
    if (name === undefined) throw new Failure(`guest ${action}: which guest? "hypertape guest list" names them`);
    const files = action === 'fetch' ? fetchGuest(name, say) : guestFiles(name);
    const { kernel, initrd, append } = files;
    if (json) printJson({ name, kernel, initrd: initrd ?? null, append });
    else print(kernel, ...(initrd === undefined ? [] : [initrd]));
    return ExitStatus.ok;
  },
});

function listing(guests: readonly GuestRow[]): string[] {
  const rows = guests.map((g) => [
    g.name,
    g.arch,
    g.here ? 'here' : `fetch ${g.fetchMiB} MiB`,
    `${g.memoryMiB}M`,
    g.shell ? '--shell' : 'prompt',
    g.about,
  ]);
  const all = [['NAME', 'ARCH', 'STATE', 'MEMORY', 'TYPING', 'WHAT IT IS'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return [
    ...all.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    '',
    'To run one:    hypertape run --guest demo-arm64             on a terminal its prompt waits: help, ticks, off',
    'To fetch one:  hypertape guest fetch debian-arm64           through apt-get and dpkg-deb; root is not needed',
    'For a shell:   hypertape run --guest debian-arm64 --shell   Ctrl-C is the guest\'s; "exit" powers off, Ctrl-A x leaves',
    `MEMORY is what it needs (without --memory it has 512M). Fetched guests are kept in ${guestsFolder()}.`,
  ];
}
