// Debian's arm64 kernel on a GICv2: its CPU interface is the virtual one of the host, which it accesses without exits.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { fetchGuest, type GuestFiles } from '../../tools/guests/catalogue.ts';
import { hypertapeJson } from '../support/cli.ts';
import { testFolder } from '../support/demo.ts';
import { comparableLines } from '../support/linux-console.ts';

const GUEST = 'debian-arm64-cloud';
const hasQemu = spawnSync('qemu-system-aarch64', ['--version']).status === 0;

function fetched(context: TestContext): GuestFiles {
  try {
    return fetchGuest(GUEST, () => {});
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return context.skip(error.message);
  }
}

it(`${GUEST} boots with --gic 2 to power-off, as under QEMU, and replays`, (context) => {
  const { kernel, initrd, append } = fetched(context);
  const path = join(testFolder(), 'gicv2.tape');
  const recorded = hypertapeJson([
    'record',
    '--guest',
    GUEST,
    '--gic',
    '2',
    '-o',
    path,
    '--console',
    `file:${path}.txt`,
  ]);
  expect(recorded.outcome).toBe('poweroff');
  const text = readFileSync(`${path}.txt`, 'utf8');
  const here = comparableLines(text);
  expect(here.inOrder).toContain('GUEST-DONE');
  // As the kernel lists what its GICv2 driver has.
  expect(text).toMatch(/GIC-0 +27 Level +arch_timer/);
  expect(hypertapeJson(['replay', path, '--console', 'none'])).toMatchObject({
    verified: true,
    eventsChecked: recorded.events,
    stateHash: recorded.stateHash,
  });
  if (!hasQemu) context.skip('qemu-system-aarch64 is not installed: the console is not compared');
  const machine = '-M virt,gic-version=2 -cpu cortex-a57 -m 512 -nodefaults -display none -serial stdio -no-reboot';
  const clock = ['-icount', 'shift=0', '-rtc', 'base=2026-01-01,clock=vm'];
  const files = ['-kernel', kernel, ...(initrd ? ['-initrd', initrd] : []), '-append', append];
  const qemu = spawnSync('qemu-system-aarch64', [...machine.split(' '), ...clock, ...files], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  expect(here).toEqual(comparableLines(qemu.stdout));
});
