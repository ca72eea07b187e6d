import { expect, test } from 'vitest';
import { bhyve } from './bhyve.ts';
import { messageIntid } from './pci.ts';

test('a message is for the SPI that it names, at the one place where the distributor takes it', () => {
  const intidOf = (address: bigint, data: number) => messageIntid(bhyve, address, data);
  const at = 0x2f00_0040n;
  expect([intidOf(at, 256), intidOf(at, 32), intidOf(at, 1019)]).toEqual([256, 32, 1019]);
  for (const data of [0, 31, 1020, 1023, 0x1_0100, 0xffff_ffff]) expect(intidOf(at, data)).toBeUndefined();
  for (const other of [0n, 0x2f00_0044n, 0x2f00_0048n, 0x1_0000_0000n, at | (1n << 32n), (1n << 64n) - 4n])
    expect(intidOf(other, 256)).toBeUndefined();
});
