import { expect, test } from 'vitest';
import { timerPolicies } from '../../src/hyp/arm-common/vtimer.ts';
import { machineOf } from './machine-options.ts';

const demoKernel = new URL('../guests/demo-arm64/demo-arm64.elf', import.meta.url).pathname;
const args = {
  board: 'virt',
  memory: '32M',
  smp: '1',
  rtc: '0',
  rng: false,
  timerPolicy: timerPolicies[0],
  shell: false,
} as const;
const appendOf = (more: object, isInteractive: boolean) =>
  machineOf({ ...args, guest: 'demo-arm64', ...more }, isInteractive).config.append;

test("a demo guest's prompt waits where a person types, and only there", () => {
  expect(appendOf({}, false)).toBe('');
  expect(appendOf({}, true)).toBe('prompt=wait');
  expect(appendOf({ append: 'more words' }, true)).toBe('more words prompt=wait');
});

test('--shell is of guests that have one', () => {
  expect(() => appendOf({ shell: true }, false)).toThrow('--guest debian-arm64 --shell');
  expect(() => appendOf({ guest: undefined, kernel: demoKernel, shell: true }, true)).toThrow(
    '--guest debian-arm64 --shell',
  );
});
