import { describe, expect, test } from 'vitest';
import { Access } from './access.ts';
import { D, HOST_BYTES, Machine, RW, stage1Machine, Tables } from './mmu.fixture.ts';

const { write, execute, unprivileged } = Access;
const VA = 0x1234_5678_9000n;
const KERNEL = 0xffff_8000_1234_5000n;

describe('stage 1 off', () => {
  test('is flat, Device for data', () => {
    const m = new Machine();
    expect(m.result(0x1234n)).toBe(0x1234);
    expect(m.mmu.device).toBe(true);
    expect(m.result(0xfff_ffff_fffcn, execute)).toBe(0xfff_ffff_fffc);
  });
  test('addresses beyond the physical ones fault', () => {
    const m = new Machine();
    expect(m.result(1n << 44n)).toBe('addressSize/0');
    expect(m.result(KERNEL)).toBe('addressSize/0');
    expect(m.mmu.fault.status).toBe(0);
  });
  test('the tag byte is ignored with TBI', () => {
    const m = new Machine();
    m.set({ tcrEl1Hi: 4 | (1 << 5) });
    expect(m.result(0xab00_0000_0000_1234n)).toBe(0x1234);
  });
  test('and the settings are kept apart', () => {
    const { m, low } = stage1Machine();
    low.map(0x1000n, 0x5000, RW);
    expect(m.result(0x1008n)).toBe(0x5008);
    m.set({ sctlrEl1: 0 });
    expect(m.result(0x1008n)).toBe(0x1008);
    m.set({ sctlrEl1: 1 });
    expect(m.result(0x1008n)).toBe(0x5008);
  });
  test('HCR_EL2.TGE turns it off', () => {
    const { m } = stage1Machine();
    m.set({ hcrEl2Lo: 1 << 27 });
    expect(m.result(0x1008n)).toBe(0x1008);
  });
});

describe('4 KiB granule', () => {
  test('pages, of both ranges, from the walk and again from the TLB', () => {
    const { m, low, high } = stage1Machine();
    low.map(VA, 0x30_0000, RW);
    high.map(KERNEL, 0x30_1000, RW | D.attr(1));
    for (let i = 0; i < 2; i++) {
      expect(m.result(VA | 0xabcn)).toBe(0x30_0abc);
      expect([m.mmu.device, m.mmu.attributes, m.mmu.shareability, m.mmu.blockBytes]).toEqual([false, 0xff, 3, 4096]);
      expect(m.result(KERNEL | 8n)).toBe(0x30_1008);
      expect([m.mmu.device, m.mmu.attributes, m.mmu.shareability]).toEqual([true, 0x04, 2]);
    }
  });
  test('output addresses above 4 GiB', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0xabc_def0_1000, RW);
    expect(m.result(VA | 1n)).toBe(0xabc_def0_1001);
    expect(m.result(VA | 2n)).toBe(0xabc_def0_1002);
  });
  test('blocks of levels 1 and 2', () => {
    const { m, low } = stage1Machine();
    low.map(0x40_0000n, 0x80_0000, RW, 2);
    low.map(0x80_4000_0000n, 0x40_0000_0000, RW, 1);
    expect(m.result(0x5f_ffffn)).toBe(0x9f_ffff);
    expect(m.mmu.blockBytes).toBe(1 << 21);
    expect(m.result(0x80_7abc_def0n)).toBe(0x40_3abc_def0);
    expect(m.mmu.blockBytes).toBe(1 << 30);
  });
  test('translation faults of each level', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW);
    expect(m.result(VA ^ (1n << 45n))).toBe('translation/0');
    expect(m.result(VA ^ (1n << 36n))).toBe('translation/1');
    expect(m.result(VA ^ (1n << 28n))).toBe('translation/2');
    expect(m.result(VA ^ (1n << 12n))).toBe('translation/3');
    expect(m.mmu.fault.status).toBe(0b000111);
    low.put(0n, 0x30_0401n, 0);
    expect(m.result(0n)).toBe('translation/0');
    low.put(VA, 0x30_0401n, 3);
    m.tlbi('VMALLE1');
    expect(m.result(VA)).toBe('translation/3');
  });
  test('addresses outside of the ranges, EPD', () => {
    const { m, low, high } = stage1Machine();
    low.map(0n, 0x30_0000, RW);
    high.map(0xffff_0000_0000_0000n, 0x30_1000, RW);
    expect(m.result(1n << 48n)).toBe('translation/0');
    expect(m.result(0xfffe_0000_0000_0000n)).toBe('translation/0');
    expect(m.result(0x100_0000_0000_0000n)).toBe('translation/0');
    expect(m.result(0n)).toBe(0x30_0000);
    expect(m.result(0x100_0000_0000_0000n)).toBe('translation/0');
    m.set({ tcrEl1Lo: (m.registers.tcrEl1Lo | (1 << 7)) >>> 0 });
    expect(m.result(0n)).toBe('translation/0');
    expect(m.result(0xffff_0000_0000_0000n)).toBe(0x30_1000);
    m.set({ tcrEl1Lo: (m.registers.tcrEl1Lo ^ ((1 << 7) | (1 << 23))) >>> 0 });
    expect(m.result(0n)).toBe(0x30_0000);
    expect(m.result(0xffff_0000_0000_0000n)).toBe('translation/0');
  });
  test('TBI0 and TBI1', () => {
    const { m, low, high } = stage1Machine();
    low.map(0n, 0x30_0000, RW);
    high.map(0xffff_0000_0000_0000n, 0x30_1000, RW);
    m.set({ tcrEl1Hi: m.registers.tcrEl1Hi | (1 << 5) });
    expect(m.result(0x5a00_0000_0000_0004n)).toBe(0x30_0004);
    expect(m.result(0x5a00_0000_0000_0004n)).toBe(0x30_0004);
    expect(m.result(0x5aff_0000_0000_0000n)).toBe('translation/0');
    m.set({ tcrEl1Hi: m.registers.tcrEl1Hi ^ (3 << 5) });
    expect(m.result(0x5a00_0000_0000_0004n)).toBe('translation/0');
    expect(m.result(0x5aff_0000_0000_0000n)).toBe(0x30_1000);
  });
  test('access flag', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW & ~D.af);
    low.map(0x20_0000n, 0x20_0000, RW & ~D.af, 2);
    expect(m.result(VA)).toBe('accessFlag/3');
    expect(m.mmu.fault.status).toBe(0b001011);
    expect(m.result(0x20_0000n)).toBe('accessFlag/2');
    low.map(VA, 0x30_0000, RW);
    expect(m.result(VA)).toBe(0x30_0000);
  });
  test('address size: descriptors, tables and TTBR', () => {
    const { m, low } = stage1Machine();
    m.set({ tcrEl1Hi: 1 << 4 });
    low.map(VA, 0x1_0000_0000, RW);
    expect(m.result(VA)).toBe('addressSize/3');
    expect(m.mmu.fault.status).toBe(0b000011);
    low.put(0n, (1n << 32n) | 3n, 0);
    expect(m.result(0n)).toBe('addressSize/0');
    m.set({ tcrEl1Hi: 4 });
    expect(m.result(VA)).toBe(0x1_0000_0000);
    m.set({ ttbr0El1Hi: 0x2000 });
    expect(m.result(0x5000n)).toBe('addressSize/0');
  });
  test('tables outside of memory', () => {
    const { m, low } = stage1Machine();
    low.put(0n, BigInt(HOST_BYTES) | 3n, 2);
    expect(m.result(0n)).toBe('external/3');
    expect(m.mmu.fault.status).toBe(0b010111);
  });
  test('big-endian tables', () => {
    const m = new Machine();
    const tables = new Tables(m, 0x10_0000, { bigEndian: true });
    tables.map(VA, 0x30_0000, RW);
    m.set({ sctlrEl1: 1 | (1 << 25), ttbr0El1Lo: tables.root });
    expect(m.result(VA)).toBe(0x30_0000);
  });
  test.each([
    [25, 39, 1],
    [39, 25, 2],
    [30, 34, 1],
    [34, 30, 2],
    [33, 31, 1],
  ])('T0SZ %i: %i bits, from level %i', (t0sz, inputBits, startLevel) => {
    const m = new Machine();
    // A small initial table need not be aligned to 4 KiB.
    const offset = inputBits === 31 ? 0x10 : 0;
    const tables = new Tables(m, 0x10_0000 + offset, { startLevel, rootBytes: 4096 - offset });
    const last = (1n << BigInt(inputBits)) - 0x1000n;
    tables.map(last, 0x30_0000, RW);
    m.set({ sctlrEl1: 1, ttbr0El1Lo: tables.root, tcrEl1Lo: t0sz });
    expect(m.result(last)).toBe(0x30_0000);
    expect(m.result(last + 0x1000n)).toBe('translation/0');
    expect(m.result(0n)).toBe(`translation/${startLevel}`);
  });
});

describe('16 and 64 KiB granules', () => {
  test('16 KiB: pages, blocks and no level 1 blocks', () => {
    const m = new Machine();
    const tables = new Tables(m, 0x10_0000, { granule: 14 });
    tables.map(VA, 0x30_0000, RW);
    tables.map(0x200_0000n, 0x200_0000, RW, 2);
    tables.map(0x8000_0000_0000n, 0, RW, 1);
    m.set({ sctlrEl1: 1, ttbr0El1Lo: tables.root, tcrEl1Lo: 16 | (2 << 14) });
    expect(m.result(VA | 0xfffn)).toBe(0x30_0000 + (0x9fff & 0x3fff));
    expect(m.mmu.blockBytes).toBe(0x4000);
    expect(m.result(0x3ff_ffffn)).toBe(0x3ff_ffff);
    expect(m.mmu.blockBytes).toBe(1 << 25);
    expect(m.result(0x8000_0000_0000n)).toBe('translation/1');
  });
  test('64 KiB in the upper range', () => {
    const m = new Machine();
    const tables = new Tables(m, 0x10_0000, { granule: 16, startLevel: 1 });
    tables.map(KERNEL, 0x30_0000, RW);
    tables.map(0xffff_8000_2000_0000n, 0x2000_0000, RW, 2);
    m.set({ sctlrEl1: 1, ttbr1El1Lo: tables.root, tcrEl1Lo: ((16 << 16) | (3 << 30)) >>> 0 });
    expect(m.result(KERNEL)).toBe(0x30_5000);
    expect(m.result(KERNEL + 0xa000n)).toBe(0x30_f000);
    expect(m.result(KERNEL + 0xb000n)).toBe('translation/3');
    expect(m.result(0xffff_8000_3fff_ffffn)).toBe(0x3fff_ffff);
    expect(m.mmu.blockBytes).toBe(1 << 29);
  });
});

/** What of EL0 read, write, execute, EL1 read, write, execute is permitted. */
const rights = (m: Machine, va: bigint): string => {
  let found = '';
  for (const el of [0, 1]) {
    m.el(el);
    for (const [name, access] of [
      ['r', 0],
      ['w', write],
      ['x', execute],
    ] as const) {
      const got = m.result(va, access);
      if (typeof got === 'string') expect(got).toBe('permission/3');
      found += typeof got === 'number' ? name : '-';
    }
  }
  return found;
};

describe('permissions', () => {
  test.each([
    ['AP 00', 0n, 0n, '--xrwx'],
    ['AP 01', D.el0, 0n, 'rwxrw-'],
    ['AP 10', D.ro, 0n, '--xr-x'],
    ['AP 11', D.ro | D.el0, 0n, 'r-xr-x'],
    ['UXN', D.ro | D.el0 | D.uxn, 0n, 'r--r-x'],
    ['PXN', D.ro | D.el0 | D.pxn, 0n, 'r-xr--'],
    ['APTable read-only', D.el0, D.apTableReadOnly, 'r-xr-x'],
    ['APTable no EL0', D.el0, D.apTableNoEl0, '--xrwx'],
    ['UXNTable', D.el0 | D.ro, D.uxnTable, 'r--r-x'],
    ['PXNTable', D.el0 | D.ro, D.pxnTable, 'r-xr--'],
  ])('%s', (_name, bits, tableBits, expected) => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW | bits, 3, tableBits);
    expect(rights(m, VA)).toBe(expected);
  });
  test.each([
    ['AP 00', 0n, '--xrw-'],
    ['AP 01', D.el0, 'rw-rw-'],
    ['AP 10', D.ro, '--xr-x'],
    ['AP 11', D.ro | D.el0, 'r-xr-x'],
  ])('with WXN: %s', (_name, bits, expected) => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW | bits);
    m.set({ sctlrEl1: 1 | (1 << 19) });
    expect(rights(m, VA)).toBe(expected);
  });
  test('unprivileged accesses of EL1', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW | D.ro | D.el0);
    low.map(VA + 0x1000n, 0x30_0000, RW);
    expect(m.result(VA, unprivileged)).toBe(0x30_0000);
    expect(m.result(VA, unprivileged | write)).toBe('permission/3');
    expect(m.mmu.fault.status).toBe(0b001111);
    expect(m.result(VA + 0x1000n)).toBe(0x30_0000);
    expect(m.result(VA + 0x1000n, unprivileged)).toBe('permission/3');
  });
  test('a descriptor that was relaxed needs no TLBI to be seen', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW | D.ro);
    expect(m.result(VA)).toBe(0x30_0000);
    expect(m.result(VA, write)).toBe('permission/3');
    low.map(VA, 0x30_0000, RW);
    expect(m.result(VA, write)).toBe(0x30_0000);
  });
});

describe('EL2', () => {
  test('one range, AP[1] and PXN ignored, XN and WXN', () => {
    const m = new Machine();
    const tables = new Tables(m, 0x10_0000);
    tables.map(VA, 0x30_0000, RW | D.pxn);
    tables.map(VA + 0x1000n, 0x30_1000, RW | D.ro | D.el0 | D.uxn);
    m.set({ sctlrEl2: 1, ttbr0El2Lo: tables.root });
    m.el(2);
    expect([m.result(VA), m.result(VA, write), m.result(VA, execute)]).toEqual([0x30_0000, 0x30_0000, 0x30_0000]);
    expect(m.result(VA, unprivileged)).toBe(0x30_0000);
    expect(m.result(VA + 0x1000n, execute)).toBe('permission/3');
    expect(m.result(VA + 0x1000n, write)).toBe('permission/3');
    expect(m.result(KERNEL)).toBe('translation/0');
    m.set({ sctlrEl2: 1 | (1 << 19) });
    expect(m.result(VA, execute)).toBe('permission/3');
    m.el(1);
    expect(m.result(VA)).toBe(Number(VA) >= 2 ** 44 ? 'addressSize/0' : Number(VA));
  });
});
