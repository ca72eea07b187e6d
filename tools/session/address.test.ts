import { expect, test } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { addressOf } from './address.ts';

test('virtual and guest-physical addresses', () => {
  expect(addressOf('--set', 'va:0xffff800008000000')).toEqual({ kind: 'va', at: 0xffff_8000_0800_0000n });
  expect(addressOf('--set', 'pa:0x40000000')).toEqual({ kind: 'pa', at: 0x4000_0000n });
  expect(addressOf('--set', '4096')).toEqual({ kind: 'pa', at: 4096n });
});

test.each(['va:', 'pa:x', '', 'ipa:1', 'va:0x1ffffffffffffffff', '-1'])('none: %s', (text) => {
  expect(() => addressOf('--set', text)).toThrow(Failure);
});
