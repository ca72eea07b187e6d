import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { fetchGuest, guestFiles, listGuests } from '../guests/catalogue.ts';
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
      else
        print(
          ...guests.map(
            (g) => `${g.name.padEnd(20)} ${g.arch.padEnd(6)} ${(g.here ? 'here' : 'to fetch').padEnd(9)} ${g.about}`,
          ),
        );
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
