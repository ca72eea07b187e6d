import { describe, expect, test } from 'vitest';
import { Access } from './access.ts';
import { D, HOST_BYTES, type Machine, RW, S2_RWX, Tables } from './mmu.fixture.ts';
import { addStage2, armv7Machine, EAE, longMachine, resultOf, rights } from './mmu-aarch32.fixture.ts';

const { write, execute, unprivileged } = Access;
const VA = 0x1234_5000;
const KERNEL = 0xc123_4000;
/** What TTBR1's table is asked for. */
const inLast = (va: number): bigint => BigInt(va & 0x3fff_ffff);
const T1SZ = 16;

describe('long descriptors of PL1&0', () => {
  test('pages and blocks, of both ranges', () => {
    const { m, low, high } = longMachine();
    low.map(BigInt(VA), 0x30_0000, RW);
    low.map(0x4000_0000n, 0x40_8000_0000, RW, 1);
    high.map(inLast(KERNEL), 0x30_1000, RW | D.attr(1));
    high.map(inLast(0xffe0_0000), 0x20_0000, RW, 2);
    for (let i = 0; i < 2; i++) {
      expect([resultOf(m, VA + 0xabc), m.mmu.attributes, m.mmu.shareability]).toEqual([0x30_0abc, 0xff, 3]);
      expect([resultOf(m, 0x7fff_ffff), m.mmu.blockBytes]).toEqual([0x40_bfff_ffff, 1 << 30]);
      expect([resultOf(m, KERNEL + 8), m.mmu.device]).toEqual([0x30_1008, true]);
      expect([resultOf(m, 0xffff_ffff), m.mmu.blockBytes]).toEqual([0x3f_ffff, 1 << 21]);
    }
  });
  test('faults of each level', () => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), 0x30_0000, RW);
    const told = (va: number): unknown[] => [resultOf(m, va), m.mmu.fault.status, m.mmu.fault.short];
    expect(told(0x4000_0000)).toEqual(['translation/1', 0b000101, false]);
    expect(told(VA + 0x20_0000)).toEqual(['translation/2', 0b000110, false]);
    expect(told(VA + 0x1000)).toEqual(['translation/3', 0b000111, false]);
    low.map(0n, 0x30_0000, RW & ~D.af, 2);
    expect(told(0)).toEqual(['accessFlag/2', 0b001010, false]);
    low.put(0x8000_0000n, BigInt(HOST_BYTES) | 3n, 1);
    expect(told(0x8000_0000)).toEqual(['external/2', 0b010110, false]);
    low.put(0n, 1n, 3);
    expect(m.result(1n << 32n)).toBe('translation/1');
  });
  test.each([
    [0, 0, 0xffff_f000, 0],
    [1, 0, 0x7fff_f000, 0x8000_0000],
    [2, 0, 0x3fff_f000, 0x4000_0000],
    [7, 0, 0x1ff_f000, 0x200_0000],
    [0, 1, 0x7fff_f000, 0x8000_0000],
    [0, 7, 0xfdff_f000, 0xfe00_0000],
    [2, 2, 0x3fff_f000, 0xc000_0000],
  ])('T0SZ = %i, T1SZ = %i', (t0sz, t1sz, last0, first1) => {
    const m = armv7Machine();
    const levelOf = (size: number): number => (size < 2 ? 1 : 2);
    // A small initial table is aligned to its size only.
    const bytes = 8 * 2 ** (t0sz < 2 ? 2 - t0sz : 11 - t0sz);
    const offset = bytes % 4096;
    const low = new Tables(m, 0x10_0000 + offset, { startLevel: levelOf(t0sz), rootBytes: 4096 - offset });
    const high = new Tables(m, 0x20_0000, { startLevel: levelOf(t1sz) });
    m.set({ sctlrEl1: 1, tcrEl1Lo: EAE + t0sz + (t1sz << T1SZ), ttbr0El1Lo: low.root, ttbr1El1Lo: high.root });
    low.map(BigInt(last0), 0x50_0000, RW);
    expect(resultOf(m, last0)).toBe(0x50_0000);
    if (first1 === 0) return;
    const range = 2 ** (32 - t1sz);
    high.map(BigInt(first1 % range), 0x60_0000, RW);
    expect(resultOf(m, first1)).toBe(0x60_0000);
    expect(resultOf(m, first1 - 4096)).toBe(last0 === first1 - 4096 ? 0x50_0000 : 'translation/1');
  });
  test('EPD0 and EPD1', () => {
    const { m, low, high } = longMachine();
    low.map(BigInt(VA), 0x30_0000, RW);
    high.map(inLast(KERNEL), 0x30_1000, RW);
    const { tcrEl1Lo } = m.registers;
    m.set({ tcrEl1Lo: tcrEl1Lo + (1 << 7) });
    expect([resultOf(m, VA), resultOf(m, KERNEL)]).toEqual(['translation/1', 0x30_1000]);
    m.set({ tcrEl1Lo: tcrEl1Lo + (1 << 23) });
    expect([resultOf(m, VA), resultOf(m, KERNEL)]).toEqual([0x30_0000, 'translation/1']);
  });
  test('ARMv7-A ignores bits 47:40 of addresses; under an AArch64 EL2 they must be 0', () => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), 0x1ab_1234_5000, RW);
    expect(resultOf(m, VA)).toBe(0xab_1234_5000);
    m.set({ el2Aarch32: false });
    m.tlbi('TLBIALL');
    expect([resultOf(m, VA), m.mmu.fault.status]).toEqual(['addressSize/3', 0b000011]);
    m.set({ ttbr0El1Hi: 0x100 });
    expect(resultOf(m, VA)).toBe('addressSize/0');
  });
  test.each([
    ['AP 00', 0n, 0n, '---rwx'],
    ['AP 01', D.el0, 0n, 'rwxrwx'],
    ['AP 10', D.ro, 0n, '---r-x'],
    ['AP 11', D.ro | D.el0, 0n, 'r-xr-x'],
    ['XN', D.ro | D.el0 | D.uxn, 0n, 'r--r--'],
    ['PXN', D.el0 | D.pxn, 0n, 'rwxrw-'],
    ['APTable read-only', D.el0, D.apTableReadOnly, 'r-xr-x'],
    ['APTable no PL0', D.el0, D.apTableNoEl0, '---rwx'],
    ['XNTable', D.el0, D.uxnTable, 'rw-rw-'],
    ['PXNTable', D.el0, D.pxnTable, 'rwxrw-'],
  ])('permissions: %s', (_name, bits, tableBits, expected) => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), 0x30_0000, RW | bits, 3, tableBits);
    expect(rights(m, VA, 3)).toBe(expected);
    // Domains and access flags of the other format say nothing here.
    m.set({ dacr: 0, sctlrEl1: 1 | (1 << 29) });
    expect(rights(m, VA, 3)).toBe(expected);
  });
  test.each([
    ['WXN', 1 << 19, ['---rw-', 'rw-rw-', 'r-xr-x']],
    ['UWXN', 1 << 20, ['---rwx', 'rwxrw-', 'r-xr-x']],
  ])('SCTLR.%s', (_name, bit, expected) => {
    const { m, low } = longMachine();
    m.set({ sctlrEl1: 1 | bit });
    const found = [0n, D.el0, D.el0 | D.ro].map((bits, i) => {
      low.map(BigInt(VA + i * 4096), 0, RW | bits);
      return rights(m, VA + i * 4096, 3);
    });
    expect(found).toEqual(expected);
  });
  test('LDRT and STRT have the permissions of PL0', () => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), 0x30_0000, RW | D.ro | D.el0);
    expect(resultOf(m, VA, unprivileged)).toBe(0x30_0000);
    expect(resultOf(m, VA, unprivileged | write)).toBe('permission/3');
  });
});

describe('Hyp mode', () => {
  const hypMachine = (t0sz: number): { m: Machine; tables: Tables } => {
    const m = armv7Machine();
    const tables = new Tables(m, 0x10_0000, { startLevel: t0sz < 2 ? 1 : 2 });
    m.set({ sctlrEl2: 1, tcrEl2: t0sz, ttbr0El2Lo: tables.root, mairEl2Lo: 0x44ff });
    m.el(2);
    return { m, tables };
  };
  test('one range, of the size that HTCR says', () => {
    const { m, tables } = hypMachine(0);
    tables.map(0xffff_f000n, 0x30_0000, RW | D.attr(1));
    tables.map(0x8000_0000n, 0x70_4000_0000, RW, 1);
    expect([resultOf(m, 0xffff_f004), m.mmu.attributes]).toEqual([0x30_0004, 0x44]);
    expect(resultOf(m, 0x8000_0001)).toBe(0x70_4000_0001);
    expect([resultOf(m, 0), m.mmu.fault.status]).toEqual(['translation/1', 0b000101]);
    const small = hypMachine(3);
    small.tables.map(0x1fff_f000n, 0x30_0000, RW);
    expect([resultOf(small.m, 0x1fff_f000), resultOf(small.m, 0x2000_0000)]).toEqual([0x30_0000, 'translation/1']);
  });
  test('AP[1] and PXN ignored, XN and HSCTLR.WXN', () => {
    const { m, tables } = hypMachine(0);
    tables.map(BigInt(VA), 0x30_0000, RW | D.pxn);
    tables.map(BigInt(VA + 0x1000), 0x30_1000, RW | D.ro | D.uxn);
    expect([0, write, execute].map((access) => resultOf(m, VA, access))).toEqual([0x30_0000, 0x30_0000, 0x30_0000]);
    expect([write, execute].map((a) => resultOf(m, VA + 0x1000, a))).toEqual(['permission/3', 'permission/3']);
    m.set({ sctlrEl2: 1 | (1 << 19) });
    expect(resultOf(m, VA, execute)).toBe('permission/3');
  });
  test('off: flat, whatever PL1 has on', () => {
    const { m } = longMachine();
    addStage2(m);
    m.el(2);
    expect([resultOf(m, 0xffff_fffc), m.mmu.device]).toEqual([0xffff_fffc, true]);
  });
});

describe('stage 2 under Hyp mode', () => {
  const vtcr = (t0sz: number, sl0: number): number => (t0sz & 0x1f) | (sl0 << 6);
  test.each([
    [-8, 1, 40],
    [-1, 1, 33],
    [0, 1, 32],
    [1, 1, 31],
    [-2, 0, 34],
    [0, 0, 32],
    [2, 0, 30],
    [7, 0, 25],
  ])('T0SZ = %i, SL0 = %i: IPAs of %i bits', (t0sz, sl0, bits) => {
    const m = armv7Machine();
    const root = 0x40_0000;
    const s2 = new Tables(m, root, { startLevel: 2 - sl0, rootBytes: 0x1_0000 });
    m.set({
      hcrEl2Lo: 1,
      vtcrEl2: vtcr(t0sz, sl0),
      vttbrEl2Lo: root,
      tcrEl1Lo: EAE,
      sctlrEl1: 1,
      ttbr0El1Lo: 0x10_0000,
    });
    // Stage 1 maps the last page; both the table and the page must be in reach.
    const last = 2n ** BigInt(bits) - 4096n;
    const s1 = new Tables(m, 0x10_0000, { startLevel: 1 });
    s1.map(BigInt(VA), Number(last), RW);
    s1.map(BigInt(VA + 4096), Number(last) + 4096, RW);
    for (let at = 0x10_0000; at < 0x10_4000; at += 4096) s2.map(BigInt(at), at, S2_RWX);
    s2.map(last, 0x30_0000, S2_RWX);
    expect(resultOf(m, VA)).toBe(0x30_0000);
    if (bits === 40) return;
    expect(resultOf(m, VA + 4096)).toBe('translation/1 s2');
    expect([m.mmu.fault.ipa, m.mmu.fault.status]).toEqual([2 ** bits, 0b000101]);
  });
  test('settings that do not go together: a level 1 fault', () => {
    const m = armv7Machine();
    const s2 = addStage2(m);
    s2.map(0n, 0, S2_RWX);
    expect(resultOf(m, 0)).toBe(0);
    for (const setting of [vtcr(-8, 2), vtcr(-8, 3), vtcr(-8, 0), vtcr(2, 1)]) {
      m.set({ vtcrEl2: setting });
      expect(resultOf(m, 0)).toBe('translation/1 s2');
    }
  });
  test('bits 47:40 of addresses are ignored', () => {
    const m = armv7Machine();
    const s2 = addStage2(m);
    s2.map(0x1000n, 0x100_0000_5000, S2_RWX);
    expect(resultOf(m, 0x1000)).toBe(0x5000);
  });
  test('executing needs reading', () => {
    const m = armv7Machine();
    const s2 = addStage2(m);
    const base = S2_RWX & ~(D.s2r | D.s2w);
    const found = [0n, D.s2r, D.s2w, D.s2r | D.s2w, D.s2r | D.uxn].map((bits, i) => {
      s2.map(BigInt(i * 4096), 0x5000, base | bits);
      return [0, write, execute]
        .map((access) => (resultOf(m, i * 4096, access) === 'permission/3 s2' ? '-' : '+'))
        .join('');
    });
    expect(found).toEqual(['---', '+-+', '-+-', '+++', '+--']);
  });
  test('HCR.PTW refuses tables in Device memory; HCR.DC turns stage 1 off', () => {
    const { m, low } = longMachine();
    const s2 = addStage2(m);
    low.map(BigInt(VA), 0x10_0000, RW);
    for (let at = 0x10_0000; at < 0x10_4000; at += 4096) s2.map(BigInt(at), at, S2_RWX & ~D.s2normal);
    s2.map(BigInt(VA), 0x30_0000, S2_RWX);
    expect(resultOf(m, VA)).toBe(0x10_0000);
    m.set({ hcrEl2Lo: 1 | (1 << 2) });
    expect(resultOf(m, VA)).toBe('permission/3 s2 ptw');
    m.set({ hcrEl2Lo: 1 << 12 });
    expect([resultOf(m, VA), m.mmu.device]).toEqual([0x30_0000, false]);
  });
});
