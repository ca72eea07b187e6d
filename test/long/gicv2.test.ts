// Debian's arm64 kernel on a GICv2: its CPU interface is the virtual one of the host, which it accesses without exits.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { fetchGuest } from '../../tools/guests/catalogue.ts';
import { hypertapeJson } from '../support/cli.ts';
import { testFolder } from '../support/demo.ts';
import { comparableLines } from '../support/linux-console.ts';

const GUEST = 'debian-arm64-cloud';

it(`${GUEST} boots with --gic 2 to power-off, and replays`, (context) => {
  try {
    fetchGuest(GUEST, () => {});
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.skip(error.message);
  }
  const path = join(testFolder(), 'gicv2.tape');
  const console = `${path}.console`;
  const recorded = hypertapeJson([
    'record',
    '--guest',
    GUEST,
    '--gic',
    '2',
    '-o',
    path,
    '--console',
    `file:${console}`,
  ]);
  expect(recorded.outcome).toBe('poweroff');
  const text = readFileSync(console, 'utf8');
  const lines = comparableLines(text).inOrder;
  expect(lines).toContain('GUEST-DONE');
  expect(lines.at(-1)).toBe('reboot: Power down');
  // As the kernel lists them: by the GICv2's driver.
  expect(text).toMatch(/GIC-0 +27 Level +arch_timer/);
  expect(hypertapeJson(['replay', path, '--console', 'none'])).toMatchObject({
    verified: true,
    eventsChecked: recorded.events,
    stateHash: recorded.stateHash,
  });
});
