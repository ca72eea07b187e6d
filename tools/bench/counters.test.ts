import { expect, test } from 'vitest';
import { MiB } from '../../src/base/limits.ts';
import { TranslationStore } from '../../src/core/engine/translation-store.ts';
import { type MachineConfig, RTC_EPOCH_DEFAULT } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { RunSession } from '../../src/replay/record.ts';
import { guestFiles } from '../guests/catalogue.ts';
import { startCounting } from './counted.ts';
import type { CountersResult } from './counters.ts';
import { counterTables } from './counters-table.ts';
import { layouts } from './table.ts';

const config: MachineConfig = {
  arch: 'arm64',
  board: 'virt',
  memoryBytes: 32 * MiB,
  vcpus: 1,
  gicVersion: 3,
  append: '',
  entropySeed: 1n,
  rtcEpochSeconds: RTC_EPOCH_DEFAULT,
  timerPolicy: 'direct',
};
async function countedDemo() {
  const images = MachineImages.read({ kernel: guestFiles('demo-arm64').kernel });
  const session = new RunSession({ config, images, consoleOut: () => {} });
  // Another test of this process may have translated the same.
  session.machine.cpu.engine.code.shareBy(new TranslationStore());
  const counted = startCounting(session);
  session.run(Number.POSITIVE_INFINITY);
  return { session, report: await counted() };
}

test('what is counted of a run adds up', async () => {
  const { session, report } = await countedDemo();
  const { counts, exits } = report;
  const sum = (prefix: string): number =>
    Object.entries(counts).reduce((all, [name, n]) => all + (name.startsWith(prefix) ? n : 0), 0);
  expect(counts['instructions retired']).toBe(session.machine.instructions);
  expect(sum('left: ')).toBe(counts.entries);
  expect(sum('jump cache: ')).toBeLessThan(counts['look-ups'] as number);
  expect(counts['instructions evaluated']).toBeGreaterThan(counts.evaluations as number);
  expect(counts['blocks lifted']).toBeGreaterThanOrEqual(counts['blocks translated'] as number);
  expect(counts['table walks']).toBeLessThan(counts['addresses translated'] as number);
  expect(Object.values(exits).reduce((a, b) => a + b)).toBe(counts['VM exits']);
  expect(counts['exceptions to the hypervisor']).toBe(counts['VM exits']);
  expect(report.translateMs + report.findMs).toBeLessThan(report.wallMs);
  for (const name of ['slow loads', 'slow stores', 'calls of the run time', 'modules translated', 'exceptions'])
    expect(counts[name], name).toBeGreaterThan(0);
});

test('the tables show each guest and each loop', async () => {
  const { report } = await countedDemo();
  const boot = { ...report, guest: 'demo-arm64', peakRssBytes: 2 ** 20 };
  const result: CountersResult = {
    host: { processor: 'P', node: 'v24', qemu: undefined },
    boots: [boot, { ...boot, exits: { HVC64: 1234 } }],
    loops: [{ arch: 'arm64', loop: 'device', instructions: 6_000_000, exits: 2_000_000, wallMs: 1000, cpuMs: 1500 }],
    notes: ['no loops for armv7'],
    findings: [],
  };
  const text = counterTables(result, layouts.text).join('\n');
  expect(text).toMatch(/VM exits: HVC64 +[0-9]+ +1,234/);
  expect(text).toMatch(/reads a register of the UART +6\.0 +2\.00 +1\.00 +1\.50/);
  expect(text).toContain('no loops for armv7');
});
