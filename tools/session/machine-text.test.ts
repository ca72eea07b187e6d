import { expect, test } from 'vitest';
import { encodeConfig, RTC_EPOCH_DEFAULT } from '../../src/machine/config.ts';
import { behaviourNames } from '../../src/machine/semantics.ts';
import { machineText } from './machine-text.ts';

const config = {
  arch: 'arm64',
  board: 'virt',
  memoryBytes: 2 ** 25,
  vcpus: 1,
  gicVersion: 3,
  append: '',
  entropySeed: 1n,
  rtcEpochSeconds: RTC_EPOCH_DEFAULT,
  timerPolicy: 'direct',
} as const;

test('a machine is told by its processor, board, timer policy and behaviours', () => {
  const rows = machineText(encodeConfig(config));
  expect(rows.slice(0, 4)).toEqual([
    ['processor', 'cortex-a57@3'],
    ['board', 'virt@2'],
    ['timers', 'direct'],
    ['behaviours', behaviourNames(config).join(', ')],
  ]);
  expect(rows[4]?.[1]).toContain('memory 32.0 MiB');
  expect(rows.length).toBe(5);
});

test('one of before has what it has, and a forged one is shown as it is', () => {
  expect(machineText({ arch: 'arm64', board: 'virt', behaviours: [1, 'x'] })).toEqual([
    ['board', 'virt'],
    ['behaviours', '[1,"x"]'],
    ['machine', 'arch "arm64"'],
  ]);
});
