import { describe, expect, it } from 'vitest';
import { pa } from '../../base/brands.ts';
import { GuestMemory } from '../vmm/memory.ts';
import { aarch32WalkLevel, longWalkLevel } from './walk-level.ts';

const RAM = 0x4000_0000;
const NOWHERE = 0x0b00_0000;
const EAE = 0x8000_0000;

/** Memory with long descriptors in it, by their addresses. */
function memoryWith(descriptors: Readonly<Record<number, number>>, littleEndian = true): GuestMemory {
  const host = new Uint8Array(0x1_0000);
  const view = new DataView(host.buffer);
  for (const [at, descriptor] of Object.entries(descriptors))
    view.setBigUint64(Number(at) - RAM, BigInt(descriptor), littleEndian);
  const memory = new GuestMemory({ bytes: host, write: () => {}, zero: () => {} });
  memory.add({ name: 'ram', ipa: RAM, bytes: 0x1_0000, pa: pa(0) });
  return memory;
}

describe('the level of a table that is not there, in the long format', () => {
  const tables = { ttbr: BigInt(RAM), inputBits: 48, granule: 12, bigEndian: false };
  const va = (0x123n << 39n) | (5n << 30n) | (6n << 21n) | (7n << 12n);
  const level0 = RAM + 8 * 0x123;
  const level1 = RAM + 0x1000 + 8 * 5;
  const level2 = RAM + 0x2000 + 8 * 6;
  it.each([
    ['the root itself', {}, { ...tables, ttbr: (1n << 48n) | BigInt(NOWHERE) | 1n }, 0],
    ['level 1', { [level0]: NOWHERE | 3 }, tables, 1],
    ['level 2', { [level0]: (RAM + 0x1000) | 3, [level1]: NOWHERE | 3 }, tables, 2],
    ['level 3', { [level0]: (RAM + 0x1000) | 3, [level1]: (RAM + 0x2000) | 3, [level2]: NOWHERE | 3 }, tables, 3],
  ])('%s', (_what, descriptors, t, level) => {
    const at = NOWHERE + 8 * [0x123, 5, 6, 7][level]!;
    expect(longWalkLevel(memoryWith(descriptors), t, va, at)).toBe(level);
  });
  it('with fewer bits, of big-endian descriptors, of 64 KiB granules', () => {
    const big = memoryWith({ [RAM + 8 * 5]: NOWHERE | 3 }, false);
    expect(longWalkLevel(big, { ...tables, inputBits: 39, bigEndian: true }, va, NOWHERE)).toBe(2);
    const wide = memoryWith({ [RAM + 8 * 3]: NOWHERE | 3 });
    expect(longWalkLevel(wide, { ...tables, inputBits: 42, granule: 16 }, 3n << 29n, NOWHERE)).toBe(3);
  });
});

describe('in AArch32', () => {
  const memory = memoryWith({ [RAM + 8 * 2]: NOWHERE | 3 });
  const tables = { ttbcr: EAE, ttbr0: BigInt(RAM), ttbr1: BigInt(NOWHERE), bigEndian: false };
  it('by the long format', () => {
    expect(aarch32WalkLevel(memory, tables, 0x8000_0000, NOWHERE)).toBe(2);
    expect(aarch32WalkLevel(memory, { ...tables, ttbcr: EAE | 1 }, 0x8000_0000, NOWHERE)).toBe(1);
  });
  it('by the short one', () => {
    const short = { ...tables, ttbcr: 0, ttbr0: BigInt(NOWHERE | 0x4a) };
    expect(aarch32WalkLevel(memory, short, 0x123_4567, NOWHERE)).toBe(1);
    expect(aarch32WalkLevel(memory, short, 0xfff0_0000, NOWHERE + 0x3000)).toBe(1);
    expect(aarch32WalkLevel(memory, short, 0x123_4567, NOWHERE + 0x8000)).toBe(2);
    expect(aarch32WalkLevel(memory, { ...short, ttbcr: 1 }, 0x8000_0000, NOWHERE + 0x2000)).toBe(1);
  });
});
