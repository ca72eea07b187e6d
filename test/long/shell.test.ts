// An interactive shell in Debian's guests: its terminal is the console, so that Ctrl-C interrupts what runs there.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

/** The marker comes from the program in the foreground: a Ctrl-C before it runs is the shell's. */
const SCRIPT = `expect #\x20
send tty; sh -c 'echo st""arted; sleep 1000'
expect started
send \\x03
expect #\x20
send echo status $?; sleep 500 & jobs; kill %1; exit
`;

it.for(['debian-arm64-cloud', 'debian-armv7'])('%s --shell has job control, and exit powers off', (guest, context) => {
  fetched(context, guest);
  const script = join(testFolder(), 'shell.txt');
  writeFileSync(script, SCRIPT);
  const { status, stdout } = hypertape(['run', '--guest', guest, '--shell', '--input', script, '--max-icount', '60s']);
  for (const shown of [
    '/dev/ttyAMA0',
    '^C',
    'status 130',
    'Running                    sleep 500',
    'reboot: Power down',
  ])
    expect(stdout).toContain(shown);
  expect(status).toBe(0);
});
