import { expect, it } from 'vitest';
import { addressesIn } from './find-modules.ts';

it('addresses that code makes by ADRP are found, as an assembler made it', () => {
  // At 0x10000: adrp x0, 0x13000; add x0, x0, #0x18; adrp x1, 0xf000; ldr x2, [x1, #0x40]; add x3, x4, #8; ret
  const code = Uint32Array.of(0xf0000000, 0x91006000, 0xf0ffffe1, 0xf9402022, 0x91002083, 0xd65f03c0);
  expect(addressesIn(new Uint8Array(code.buffer), 0x1_0000n)).toEqual([0x1_3018n, 0xf040n]);
  // Words that are cut are none.
  expect(addressesIn(new Uint8Array(code.buffer, 0, 7), 0x1_0000n)).toEqual([]);
});
