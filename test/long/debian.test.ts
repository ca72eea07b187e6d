// Debian's kernels, unmodified: boot to power-off, as under QEMU, and ARMv7's under AArch64 as under ARMv7; recorded twice alike;
// replayed with every event checked.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CpuModel, cpuModelDefault } from '../../src/machine/arch.ts';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';
import { comparableLines, ofTheProcessor } from '../support/linux-console.fixture.ts';
import { qemuConsole } from '../support/qemu-console.fixture.ts';

interface Boot {
  readonly guest: string;
  readonly cpu: CpuModel;
  readonly gic: 2 | 3;
  readonly replays: number;
}
const boots: readonly Boot[] = [
  { guest: 'debian-arm64-cloud', cpu: 'cortex-a57', gic: 3, replays: 3 },
  { guest: 'debian-arm64', cpu: 'cortex-a57', gic: 3, replays: 1 },
  { guest: 'debian-arm64-cloud', cpu: 'cortex-a57', gic: 2, replays: 1 },
  { guest: 'debian-armv7', cpu: 'cortex-a15', gic: 2, replays: 3 },
  { guest: 'debian-armv7-lpae', cpu: 'cortex-a15', gic: 2, replays: 1 },
  { guest: 'debian-armv7', cpu: 'cortex-a57', gic: 2, replays: 1 },
  { guest: 'debian-armv7-lpae', cpu: 'cortex-a57', gic: 2, replays: 1 },
];

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const machineOf = ({ guest, cpu, gic }: Boot): string[] => ['--guest', guest, '--cpu', cpu, '--gic', String(gic)];

/** The console of a run to power-off. */
function consoleOf(boot: Boot): string {
  const path = join(testFolder(), 'boot');
  expect(hypertapeJson(['run', ...machineOf(boot), '--console', `file:${path}`]).outcome).toBe('poweroff');
  return readFileSync(path, 'utf8');
}

function record(boot: Boot, path: string, ...more: string[]) {
  const output = ['-o', path, '--reproducible', '--console', `file:${path}.console`];
  return hypertapeJson(['record', ...machineOf(boot), ...output, ...more]);
}
const replay = (path: string) => hypertapeJson(['replay', path, '--console', `file:${path}.replayed`, '--force']);

describe.each(boots)('$guest on $cpu with a GICv$gic', (boot) => {
  const { guest, cpu, gic } = boot;

  it('boots to power-off with the console that it has under QEMU, or on its usual processor', (context) => {
    const files = fetched(context, guest);
    const here = consoleOf(boot);
    const lines = comparableLines(here);
    expect(lines.inOrder).toContain('GUEST-DONE');
    expect(lines.inOrder.at(-1)).toBe('reboot: Power down');
    const usual = cpuModelDefault[files.arch];
    if (cpu !== usual) {
      // QEMU has no AArch32 guests of an AArch64 hypervisor without KVM.
      const there = comparableLines(consoleOf({ ...boot, cpu: usual }), ofTheProcessor);
      expect(comparableLines(here, ofTheProcessor)).toEqual(there);
      return;
    }
    const there = qemuConsole(files, gic);
    if (there === undefined) context.skip('QEMU is not installed: the console is not compared');
    expect(lines).toEqual(comparableLines(there as string));
  });

  it(`records the same tape twice, and replays it, times: ${boot.replays}`, (context) => {
    fetched(context, boot.guest);
    const folder = testFolder();
    const [a, b] = ['a.tape', 'b.tape'].map((name) => join(folder, name)) as [string, string];
    const recorded = record(boot, a);
    expect(record(boot, b)).toMatchObject({ stateHash: recorded.stateHash, consoleSha256: recorded.consoleSha256 });
    expect(digest(b)).toBe(digest(a));
    for (let n = 0; n < boot.replays; n++) {
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

it('debian-armv7 boots to power-off on the board fvp-a15', (context) => {
  fetched(context, 'debian-armv7');
  const path = join(testFolder(), 'boot');
  const machine = ['--guest', 'debian-armv7', '--board', 'fvp-a15'];
  expect(hypertapeJson(['run', ...machine, '--console', `file:${path}`]).outcome).toBe('poweroff');
  const console = readFileSync(path, 'utf8');
  expect(console).toContain('GUEST-DONE');
  expect(console).toContain('Machine model: RTSM_VE_CortexA15x1');
});

describe.each(boots.filter(({ replays }) => replays > 1))('$guest at level inputs', (boot) => {
  it('takes less than 4 KB beside the images, and replays', (context) => {
    fetched(context, boot.guest);
    const path = join(testFolder(), 'inputs.tape');
    const recorded = record(boot, path, '--level', 'inputs');
    expect(recorded.tapeEventBytes).toBeLessThan(4096);
    expect(replay(path)).toMatchObject({ verified: true, stop: 'end', stateHash: recorded.stateHash });
  });
});

describe.each([
  { guest: 'debian-arm64', vcpus: 2, recordings: 1 },
  { guest: 'debian-arm64', vcpus: 4, recordings: 2 },
  { guest: 'debian-arm64', vcpus: 8, recordings: 1 },
  { guest: 'debian-armv7', vcpus: 4, recordings: 1 },
])('$guest with $vcpus vCPUs', ({ guest, vcpus, recordings }) => {
  it(`boots to power-off on all of them, to the same tape each time, and replays it, times: ${recordings}`, (context) => {
    fetched(context, guest);
    const folder = testFolder();
    const [a, b] = ['a.tape', 'b.tape'].map((name) => join(folder, name)) as [string, string];
    const recordSmp = (path: string) => {
      const output = ['-o', path, '--reproducible', '--console', `file:${path}.console`];
      return hypertapeJson(['record', '--guest', guest, '--smp', String(vcpus), ...output]);
    };
    const recorded = recordSmp(a);
    const lines = comparableLines(readFileSync(`${a}.console`, 'utf8'));
    expect(lines.inOrder).toContain('GUEST-DONE');
    expect(readFileSync(`${a}.console`, 'utf8')).toContain(`Brought up 1 node, ${vcpus} CPUs`);
    if (recordings > 1) {
      expect(recordSmp(b)).toMatchObject({ stateHash: recorded.stateHash });
      expect(digest(b)).toBe(digest(a));
    }
    expect(replay(a)).toMatchObject({ verified: true, eventsChecked: recorded.events, stateHash: recorded.stateHash });
  });
});
