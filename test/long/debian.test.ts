// Debian's kernels, unmodified: boot to power-off, as under QEMU; recorded twice alike; replayed with every event checked.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { fetchGuest, type GuestFiles } from '../../tools/guests/catalogue.ts';
import { hypertapeJson } from '../support/cli.ts';
import { testFolder } from '../support/demo.ts';
import { comparableLines } from '../support/linux-console.ts';

const REPLAYS = 3;
const hasQemu = spawnSync('qemu-system-aarch64', ['--version']).status === 0;

function fetched(context: TestContext, name: string): GuestFiles {
  try {
    return fetchGuest(name, () => {});
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return context.skip(error.message);
  }
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

function record(guest: string, path: string, ...more: string[]) {
  return hypertapeJson([
    'record',
    '--guest',
    guest,
    '-o',
    path,
    '--reproducible',
    '--console',
    `file:${path}.console`,
    ...more,
  ]);
}
const replay = (path: string) => hypertapeJson(['replay', path, '--console', `file:${path}.replayed`]);

describe.each(['debian-arm64-cloud', 'debian-arm64'])('%s', (guest) => {
  it('boots to power-off with the console that it has under QEMU', (context) => {
    const { kernel, initrd, append } = fetched(context, guest);
    const path = join(testFolder(), 'boot');
    const run = hypertapeJson(['run', '--guest', guest, '--console', `file:${path}`]);
    expect(run.outcome).toBe('poweroff');
    const here = comparableLines(readFileSync(path, 'utf8'));
    expect(here.inOrder).toContain('GUEST-DONE');
    expect(here.inOrder.at(-1)).toBe('reboot: Power down');
    if (!hasQemu) context.skip('qemu-system-aarch64 is not installed: the console is not compared');
    const machine = '-M virt,gic-version=3 -cpu cortex-a57 -m 512 -nodefaults -display none -serial stdio -no-reboot';
    // With a clock of instructions, as here, so that how busy the host is does not change what the kernel prints when.
    const clock = ['-icount', 'shift=0', '-rtc', 'base=2026-01-01,clock=vm'];
    const files = ['-kernel', kernel, ...(initrd ? ['-initrd', initrd] : []), '-append', append];
    const qemu = spawnSync('qemu-system-aarch64', [...machine.split(' '), ...clock, ...files], {
      encoding: 'utf8',
      maxBuffer: 2 ** 24,
    });
    expect(here).toEqual(comparableLines(qemu.stdout));
  });

  it(`records the same tape twice, and replays it ${REPLAYS} times`, (context) => {
    fetched(context, guest);
    const folder = testFolder();
    const [a, b] = ['a.tape', 'b.tape'].map((name) => join(folder, name)) as [string, string];
    const recorded = record(guest, a);
    expect(record(guest, b)).toMatchObject({ stateHash: recorded.stateHash, consoleSha256: recorded.consoleSha256 });
    expect(digest(b)).toBe(digest(a));
    for (let n = 0; n < REPLAYS; n++) {
      expect(replay(a)).toMatchObject({
        verified: true,
        eventsChecked: recorded.events,
        stateHash: recorded.stateHash,
        icount: recorded.icount,
      });
      expect(digest(`${a}.replayed`)).toBe(digest(`${a}.console`));
    }
  });
});

it('a tape of inputs takes less than 4 KB beside the images, and replays', (context) => {
  const guest = 'debian-arm64-cloud';
  fetched(context, guest);
  const path = join(testFolder(), 'inputs.tape');
  const recorded = record(guest, path, '--level', 'inputs');
  expect(recorded.tapeEventBytes).toBeLessThan(4096);
  expect(replay(path)).toMatchObject({ verified: true, stop: 'end', stateHash: recorded.stateHash });
});
