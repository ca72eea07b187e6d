// Eight workers, as threads and as processes, on several vCPUs under Debian's kernels: they check each other (locks, atomics, pipes, copies
// of pages, signals, mappings that go), come to the results that they have on any machine, and the run replays.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchCompilers, benchInitramfs } from '../../tools/bench/guest/image.ts';
import { guestsFolder } from '../../tools/guests/catalogue.ts';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

/** Of the least work, as a build for the host that runs the tests gives them too. */
const results = {
  compute: 1_020_070_190,
  memory: 3_973_539_400,
  mutex: 72_400,
  atomic: 16_432_000,
  pipe: 8,
  fork: 8,
  signal: 8,
  unmap: 0,
};

describe.each([
  { guest: 'debian-arm64', vcpus: 4, more: ['--schedule-seed', '3'] },
  { guest: 'debian-armv7', vcpus: 2, more: [] },
])('$guest with $vcpus vCPUs', ({ guest, vcpus, more }) => {
  it('does parallel work without a mistake, and replays it', (context) => {
    const { arch, kernel } = fetched(context, guest);
    const initrd = benchInitramfs(join(guestsFolder(), 'bench'), arch, 'parallel');
    if (initrd === undefined) return context.skip(`${benchCompilers[arch].program} is not installed`);
    const tape = join(testFolder(), 'parallel.tape');
    const machine = ['--kernel', kernel, '--initrd', initrd, '--append', 'console=ttyAMA0 quiet -- 1'];
    const output = ['-o', tape, '--console', `file:${tape}.console`];
    const recorded = hypertapeJson(['record', ...machine, '--smp', String(vcpus), ...more, ...output]);
    expect(recorded.outcome).toBe('poweroff');
    const console = readFileSync(`${tape}.console`, 'latin1').replaceAll('\r', '');
    expect(console).toContain(`PARALLEL cpus ${vcpus} scale 1`);
    expect(console).not.toMatch(/PARALLEL-FAIL|PARALLEL-IDLE|WARNING|Call trace|stall/);
    const found = [...console.matchAll(/^BENCH-END (\w+) guest_ns=\d+ result=(\d+)$/gm)];
    expect(Object.fromEntries(found.map(([, name, result]) => [name, Number(result)]))).toEqual(results);
    expect(console).toContain('PARALLEL-DONE');
    expect(hypertapeJson(['replay', tape, '--console', 'none'])).toMatchObject({
      verified: true,
      eventsChecked: recorded.events,
      stateHash: recorded.stateHash,
    });
  });
});
