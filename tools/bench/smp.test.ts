import { expect, test } from 'vitest';
import { qemuArguments } from './qemu.ts';
import type { SmpResult, SmpSubject, SmpTime } from './smp.ts';
import { smpTables } from './smp-table.ts';
import { layouts } from './table.ts';

const time = (
  subject: SmpSubject,
  vcpus: number,
  seconds: readonly number[],
  computeMips: readonly number[],
): SmpTime => ({
  guest: 'g',
  work: 'parallel work',
  subject,
  vcpus,
  seconds,
  computeMips,
});
const result: SmpResult = {
  host: { processor: 'P', node: 'v26', qemu: '7.2' },
  rounds: 2,
  times: [1, 2, 4, 8].flatMap((vcpus) => [
    time('record', vcpus, [vcpus + 1, vcpus], [100 * vcpus, 90]),
    time('QEMU, one thread', vcpus, [vcpus / 2, vcpus], []),
  ]),
  notes: ['a note'],
  findings: [],
};

test('the table has of each the median round, rates where there are any, and what is wanted of them', () => {
  expect(smpTables(result, layouts.text)).toEqual([
    'P; Node v26; QEMU 7.2; medians of 2, interleaved',
    '',
    'g, parallel work:',
    '',
    'vCPUs                                             1    2    4    8',
    'hypertape record, s                             2.0  3.0  5.0  9.0',
    'QEMU, one thread, s                             1.0  2.0  4.0  8.0',
    'hypertape record, MIPS where nothing is shared  100  200  400  800',
    '',
    'What is to be reached:',
    '',
    'goal                                                    measured         wanted',
    'record g, 4 vCPUs  MIPS where nothing is shared / of 1      4.00  at least 0.90  met',
    '',
    'a note',
  ]);
});

test('QEMU has as many vCPUs, in one thread or in several', () => {
  const guest = { arch: 'arm64', kernel: 'k', initrd: 'i', append: '', vcpus: 4 } as const;
  expect(qemuArguments(guest, 'tcg', '').join(' ')).toMatch(/-smp 4 .*-accel tcg,thread=multi$/);
  expect(qemuArguments(guest, 'one-thread', '').join(' ')).toMatch(/-smp 4 .*-accel tcg,thread=single$/);
});
