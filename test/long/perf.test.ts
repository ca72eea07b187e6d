// Linux's perf and hw-breakpoint: a program of ours, as init, counts its own instructions by perf_event_open and watches its own memory.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { programInitramfs } from '../../tools/guests/initramfs.ts';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

/** What it finds on each CPU, and what that must be: two instructions, each a cycle, of 123,456 and of 54,321 rounds; and so on. */
const counts: readonly string[] = [
  'instructions: ok, 246912',
  'cycles: ok, 108642',
  'samples: ok, 100',
  'samples within: ok, 100',
  'loads and stores: ok, 14',
  'loads and stores of another: ok, 0',
  'calls of a function: ok, 7',
];
const SMP = 2;

const guests = [
  ['debian-arm64-cloud', 'arm64', 'armv8_pmuv3', 'found 6 breakpoint and 4 watchpoint registers.'],
  ['debian-armv7', 'armv7', 'armv7_cortex_a15', 'found 5 (+1 reserved) breakpoint and 4 watchpoint registers.'],
] as const;

it.for(guests)('%s counts to the last instruction', ([guest, arch, driver, found], context) => {
  fetched(context, guest);
  const folder = testFolder();
  const initrd = join(folder, 'initrd');
  const program = fileURLToPath(new URL(`../guests/perf/perf-${arch}`, import.meta.url));
  writeFileSync(initrd, programInitramfs(readFileSync(program)));
  const tape = join(folder, 'perf.tape');
  const console = `${tape}.console`;
  const machine = ['--guest', guest, '--initrd', initrd, '--smp', String(SMP)];
  const recorded = hypertapeJson(['record', ...machine, '-o', tape, '--console', `file:${console}`]);
  expect(recorded.outcome).toBe('poweroff');
  const lines = readFileSync(console, 'utf8').replaceAll('\r', '').split('\n');
  const expected = Array.from({ length: SMP }, (_, cpu) => counts.map((count) => `perf: CPU ${cpu}: ${count}`)).flat();
  expect(lines.filter((line) => line.startsWith('perf: ') && !line.includes('stores to a word'))).toEqual(expected);
  expect(lines.filter((line) => line.includes('stores to a word: ok, 7'))).toHaveLength(arch === 'arm64' ? SMP : 0);
  const kernel = lines.map((line) => line.replace(/^\[[^\]]*\] /, ''));
  expect(kernel).toContain(`hw perfevents: enabled with ${driver} PMU driver, 7 counters available`);
  expect(kernel).toContain(`hw-breakpoint: ${found}`);
  expect(hypertapeJson(['replay', tape, '--console', 'none'])).toMatchObject({ stateHash: recorded.stateHash });
});
