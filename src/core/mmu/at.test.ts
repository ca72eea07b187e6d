import { expect, test } from 'vitest';
import type { AtOperation } from './at.ts';
import { D, HOST_BYTES, highOf, lowOf, type Machine, RW, S2_RWX, stage1Machine, Tables } from './mmu.fixture.ts';

const VA = 0x1234_5678_9000n;
const at = (m: Machine, operation: AtOperation, va = VA): bigint | null =>
  m.mmu.at(operation, lowOf(va), highOf(va)) ? m.par : null;
/** PAR_EL1 of a success: attributes, address, Inner Shareable. */
const success = (attributes: bigint, pa: bigint, shareability = 3n): bigint =>
  (attributes << 56n) | pa | (shareability << 7n) | 0xa00n;
/** PAR_EL1 of a fault. */
const failure = (status: bigint, bits = 0n): bigint => (status << 1n) | bits | 0x801n;

test('stage 1', () => {
  const { m, low } = stage1Machine();
  low.map(VA, 0x30_0000, RW | D.ro);
  low.map(VA + 0x1000n, 0x30_1000, RW | D.attr(1) | D.el0);
  expect(at(m, 'S1E1R', VA | 0x123n)).toBe(success(0xffn, 0x30_0000n));
  expect(at(m, 'S1E1W')).toBe(failure(0b001111n));
  expect(at(m, 'S1E0R')).toBe(failure(0b001111n));
  expect(at(m, 'S1E0W', VA + 0x1000n)).toBe(success(0x04n, 0x30_1000n, 2n));
  expect(at(m, 'S1E1R', VA + 0x2000n)).toBe(failure(0b000111n));
});

test('EL2', () => {
  const { m, low } = stage1Machine();
  low.map(VA, 0x30_0000, RW | D.ro);
  m.set({ sctlrEl2: 1, ttbr0El2Lo: low.root });
  m.el(2);
  expect(at(m, 'S1E2R')).toBe(success(0xffn, 0x30_0000n));
  expect(at(m, 'S1E2W')).toBe(failure(0b001111n));
});

test('both stages', () => {
  const { m, low } = stage1Machine();
  const s2 = new Tables(m, 0x40_0000, { startLevel: 1, rootBytes: 0x2000 });
  m.set({ hcrEl2Lo: 1, vttbrEl2Lo: s2.root });
  low.map(VA, 0x70_0000, RW);
  low.map(VA + 0x1000n, 0x70_1000, RW);
  const leafTable = BigInt(low.map(VA + 0x20_0000n, 0x70_1000, RW)) & ~0xfffn;
  for (let page = 0x10_0000n; page < leafTable; page += 0x1000n) s2.map(page, Number(page), S2_RWX);
  s2.map(0x70_0000n, 0x30_0000, S2_RWX & ~D.s2w);
  m.el(2);
  expect(at(m, 'S12E1R')).toBe(success(0xffn, 0x30_0000n));
  expect(at(m, 'S12E1W')).toBe(failure(0b001111n, 0x200n));
  expect(at(m, 'S12E1R', VA + 0x1000n)).toBe(failure(0b000111n, 0x200n));
  expect(at(m, 'S12E0R')).toBe(failure(0b001111n));
  expect(at(m, 'S1E1W')).toBe(success(0xffn, 0x70_0000n));
  expect(at(m, 'S12E1R', VA + 0x20_0000n)).toBe(failure(0b000111n, 0x300n));
  expect(at(m, 'S1E1R', VA + 0x20_0000n)).toBe(failure(0b000111n, 0x300n));
  m.el(1);
  expect(at(m, 'S1E1R', VA + 0x20_0000n)).toBe(null);
  expect([m.mmu.fault.stage, m.mmu.fault.s1ptw, m.mmu.fault.ipa]).toEqual([2, true, Number(leafTable) + 0x189 * 8]);
});

test('an external abort is taken', () => {
  const { m, low } = stage1Machine();
  low.put(VA, BigInt(HOST_BYTES) | 3n, 1);
  expect(at(m, 'S1E1R')).toBe(null);
  expect(m.mmu.fault.status).toBe(0b010110);
});
