// Debian's installer, unmodified: to its first screen, which asks for a language, takes a key, and goes on to the next; replayed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetchedInstaller } from '../support/installer.fixture.ts';

const installs = (debian: 'arm64' | 'armhf') =>
  it(`${debian}: asks for a language, and takes a key`, (context) => {
    const { kernel, initrd } = fetchedInstaller(context, debian);
    const folder = testFolder();
    const tape = join(folder, 'installer.tape');
    const input = join(folder, 'input');
    // The screen is drawn from top to bottom: its last button is there when it waits.
    writeFileSync(input, 'expect Select a language\nexpect Go Back\nsend \\r\n');
    const machine = ['--kernel', kernel, '--initrd', initrd, '--append', 'console=ttyAMA0', '--input', input];
    const end = ['--until', 'Select your location', '--max-icount', '20G'];
    const recorded = hypertapeJson(['record', ...machine, ...end, '-o', tape, '--console', `file:${tape}.console`]);
    expect(recorded.outcome).toBe('until');
    expect(readFileSync(`${tape}.console`, 'latin1')).toMatch(/Select a language.*English.*Select your location/s);
    const replayed = hypertapeJson(['replay', tape, '--parallel', '2', '--console', 'none']);
    expect(replayed).toMatchObject({ verified: true, eventsChecked: recorded.events, stateHash: recorded.stateHash });
  });

installs('arm64');
installs('armhf');
