// Programs of armhf as processes of an arm64 kernel (CONFIG_COMPAT): they print what they print under an ARMv7 kernel.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

/** From the shell script that is init: what dd, ls and sha256sum say. */
const ofPrograms = /^(\d+\+0 records out|\d{6,}|[0-9a-f]{64} {2}\/tmp\/f)$/;

it('the armhf busybox is init of both', (context) => {
  const { initrd = '' } = fetched(context, 'debian-armv7');
  fetched(context, 'debian-arm64-cloud');
  const [native, compat] = [
    ['--guest', 'debian-armv7'],
    ['--guest', 'debian-arm64-cloud', '--initrd', initrd],
  ].map((machine) => {
    const path = join(testFolder(), 'console');
    expect(hypertapeJson(['run', ...machine, '--console', `file:${path}`]).outcome).toBe('poweroff');
    return readFileSync(path, 'utf8').replaceAll('\r', '').split('\n');
  });
  const lines = native?.filter((line) => ofPrograms.test(line));
  expect(lines).toHaveLength(3);
  expect(compat?.filter((line) => ofPrograms.test(line))).toEqual(lines);
  expect(compat?.some((line) => /^Linux \(none\) .*(aarch64|armv8l)/.test(line))).toBe(true);
  expect(compat).toContain('GUEST-DONE');
});
