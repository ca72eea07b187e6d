import { expect, test } from 'vitest';
import { MachineClock, systemCounter } from './clock.ts';

test('what lies beyond all counts never comes', () => {
  const clock = new MachineClock();
  const last = BigInt(Number.MAX_SAFE_INTEGER);
  expect(clock.icountAt(last)).toBe(Number.MAX_SAFE_INTEGER);
  expect(clock.icountAt(last + 1n)).toBe(Number.POSITIVE_INFINITY);
  const { icountAt } = systemCounter(62_500_000);
  expect(icountAt(last / 16n)).toBe(Number(last / 16n) * 16);
  expect(icountAt(last / 16n + 1n)).toBe(Number.POSITIVE_INFINITY);
});
