import { expect, test } from 'vitest';
import { bigOf, countOf, icountOf, numberOf, rangeOf, sizeOf, timeOf } from './numbers.ts';

test.each([
  ['1,913,513,919', 1_913_513_919],
  ['1_000', 1000],
  ['1M', 1_000_000],
  ['2.5k', 2500],
  ['3e8', 300_000_000],
  ['1.2e3', 1200],
  ['0x10', 16],
  ['1.2s', 1_200_000_000],
  ['300us', 300_000],
  ['2min', 120_000_000_000],
  ['0', 0],
])('the instruction count %s is %d', (text, icount) => expect(icountOf('--at', text)).toBe(icount));

test.each([
  ['512M', 512 * 2 ** 20],
  ['512MB', 512 * 2 ** 20],
  ['512MiB', 512 * 2 ** 20],
  ['1.5G', 1.5 * 2 ** 30],
  ['64k', 65536],
  ['536870912', 536_870_912],
  ['0x20000000', 0x2000_0000],
])('the size %s is %d bytes', (text, bytes) => expect(sizeOf('--memory', text)).toBe(bytes));

test('a time needs a unit, a count has none of time', () => {
  expect(timeOf('--at', '1.2s')).toBe(1.2e9);
  expect(() => timeOf('--at', '12')).toThrow('a time with its unit');
  expect(countOf('--limit', '1M')).toBe(1e6);
  expect(() => countOf('--limit', '1s')).toThrow('--limit 1s: give a number');
});

test.each(['', 'x', '-5', '1.5', '1e', '1,00', '1,0000', '1.0000001us', '12q', '1e99', '0x'])(
  'no instruction count: %j',
  (text) => expect(() => icountOf('--at', text)).toThrow(/^--at /),
);

test('numbers have their bounds', () => {
  expect(bigOf('--seed', '18446744073709551615')).toBe((1n << 64n) - 1n);
  expect(() => bigOf('--seed', '18446744073709551616')).toThrow('2^64');
  expect(() => numberOf('--seed', '9007199254740992')).toThrow('too large');
  expect(() => bigOf('--seed', '1M')).toThrow('give a number');
});

test('a size without a unit is asked for its unit', () =>
  expect(() => sizeOf('--memory', '512')).toThrow(
    '--memory 512: in which unit? give --memory 512M (MiB) or 512G (GiB)',
  ));

test('ranges', () => {
  expect(rangeOf('--ipa', '0x10-0x20')).toEqual([16n, 32n]);
  expect(rangeOf('--ipa', '0x10')).toEqual([16n, 16n]);
  expect(() => rangeOf('--ipa', '5-4')).toThrow('ends before');
});
