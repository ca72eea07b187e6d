import { describe, expect, test } from 'vitest';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import type { TlbiOperation } from './invalidate.ts';
import { D, type Machine, RW, S2_RWX, type Tables } from './mmu.fixture.ts';
import {
  addStage2,
  inlineOf,
  longMachine,
  PAGE_RW,
  resultOf,
  S,
  type ShortTables,
  setAsid,
  shortMachine,
  tlbi32,
  touch,
} from './mmu-aarch32.fixture.ts';

const VA = 0x8123_4000;
const KERNEL = 0xc123_6000;
const OLD = 0x30_0000;
const NEW = 0x50_0000;
const USER = PAGE_RW | S.small.ng;

/** A user page (VA) and a global one (KERNEL), in use with an ASID; then both are changed. */
const changed = (asid: number): { m: Machine; low: ShortTables } => {
  const { m, low } = shortMachine();
  low.page(VA, OLD, USER);
  low.page(KERNEL, OLD);
  setAsid(m, asid);
  for (const va of [VA, KERNEL]) touch(m, va);
  low.page(VA, NEW, USER);
  low.page(KERNEL, NEW);
  expect([resultOf(m, VA), resultOf(m, KERNEL)]).toEqual([OLD, OLD]);
  return { m, low };
};

describe('by MVA', () => {
  test.each(['TLBIMVA', 'TLBIMVAIS', 'ITLBIMVA', 'DTLBIMVA', 'TLBIMVAL', 'TLBIMVALIS'] as const)(
    '%s drops the page of the ASID, and global ones',
    (operation) => {
      const { m } = changed(7);
      tlbi32(m, operation, VA, 8);
      expect([resultOf(m, VA), inlineOf(m, VA)]).toEqual([OLD, OLD]);
      tlbi32(m, operation, VA, 7);
      expect([inlineOf(m, VA), inlineOf(m, VA, cells.TLB_WRITE), resultOf(m, VA)]).toEqual([null, null, NEW]);
      expect([resultOf(m, KERNEL), inlineOf(m, KERNEL)]).toEqual([OLD, OLD]);
      tlbi32(m, operation, KERNEL, 99);
      expect([inlineOf(m, KERNEL), resultOf(m, KERNEL)]).toEqual([null, NEW]);
    },
  );
  test.each(['TLBIMVAA', 'TLBIMVAAIS', 'TLBIMVAAL', 'TLBIMVAALIS'] as const)('%s: of all ASIDs', (operation) => {
    const { m } = changed(7);
    tlbi32(m, operation, VA, 8);
    expect(resultOf(m, VA)).toBe(NEW);
    expect(resultOf(m, KERNEL)).toBe(OLD);
  });
  test('does not drop those of another VMID', () => {
    const { m } = changed(7);
    m.set({ vttbrEl2Hi: 1 << 16 });
    tlbi32(m, 'TLBIMVA', VA, 7);
    m.set({ vttbrEl2Hi: 0 });
    expect(resultOf(m, VA)).toBe(OLD);
  });
  test.each([
    ['supersection', 1 << 24],
    ['section', 1 << 20],
    ['large page', 1 << 16],
  ])('all pages of a %s go', (kind, bytes) => {
    const { m, low } = shortMachine();
    const at = 0x9100_0000;
    const map = (va: number, pa: number): void => {
      if (kind === 'supersection') low.supersection(va, pa);
      else if (kind === 'section') low.section(va, pa);
      else low.largePage(va, pa);
    };
    map(at, 0);
    map(at + bytes, 0);
    const offsets = [0, 0x1000, 0x2000, bytes / 2, bytes - 0x1000];
    for (const offset of offsets) touch(m, at + offset);
    touch(m, at + bytes + 0x3000);
    map(at, 0x4000_0000);
    map(at + bytes, 0x4000_0000);
    expect(resultOf(m, at)).toBe(0);
    tlbi32(m, 'TLBIMVA', at + bytes / 2 + 0x3000, 0);
    for (const offset of offsets) {
      expect(inlineOf(m, at + offset)).toBe(null);
      expect(resultOf(m, at + offset)).toBe(0x4000_0000 + offset);
    }
    expect(resultOf(m, at + bytes + 0x3000)).toBe(0x3000);
    expect(inlineOf(m, at + bytes + 0x3000)).toBe(0x3000);
  });
  test('a section that a table replaces, and back', () => {
    const { m, low } = shortMachine();
    low.section(VA & 0xfff0_0000, OLD);
    for (const offset of [0, 0x5000]) touch(m, VA + offset);
    low.page(VA, NEW);
    tlbi32(m, 'TLBIMVA', VA + 0x5000, 0);
    expect([resultOf(m, VA), resultOf(m, VA + 0x5000)]).toEqual([NEW, 'translation/2']);
    low.section(VA & 0xfff0_0000, OLD);
    tlbi32(m, 'TLBIMVA', VA, 0);
    expect([resultOf(m, VA), resultOf(m, VA + 0x5000)]).toEqual([OLD + 0x3_4000, OLD + 0x3_9000]);
  });
  test('tells the engine of code', () => {
    const { m, low } = shortMachine();
    low.page(VA, OLD);
    low.section(0x9000_0000, 0);
    resultOf(m, VA, Access.execute);
    resultOf(m, 0x9000_5000, Access.execute);
    tlbi32(m, 'TLBIMVA', VA, 0);
    expect([m.codeInvalidated, m.allCodeInvalidated]).toEqual([[BigInt(VA)], 0]);
    tlbi32(m, 'TLBIMVA', 0x9000_0000, 0);
    expect([m.codeInvalidated, m.allCodeInvalidated]).toEqual([[BigInt(VA), 0x9000_5000n], 0]);
  });
});

describe('by ASID', () => {
  test.each(['TLBIASID', 'TLBIASIDIS', 'ITLBIASID', 'DTLBIASID'] as const)('%s spares global pages', (operation) => {
    const { m } = changed(7);
    tlbi32(m, operation, 0, 8);
    expect([resultOf(m, VA), inlineOf(m, VA)]).toEqual([OLD, OLD]);
    tlbi32(m, operation, 0xffff_f000, 7);
    expect([inlineOf(m, VA), resultOf(m, VA)]).toEqual([null, NEW]);
    expect(inlineOf(m, KERNEL)).toBe(OLD);
  });
  test('CONTEXTIDR[7:0] is the ASID', () => {
    const { m } = changed(0x1207);
    setAsid(m, 0xff07);
    expect(resultOf(m, VA)).toBe(OLD);
    setAsid(m, 0x1208);
    expect(resultOf(m, VA)).toBe(NEW);
    setAsid(m, 0x1207);
    expect(resultOf(m, VA)).toBe(OLD);
  });
  test('with long descriptors TTBR0 or, by TTBCR.A1, TTBR1 has it', () => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), OLD, RW | D.ng);
    setAsid(m, 1);
    m.set({ ttbr0El1Hi: 7 << 16, ttbr1El1Hi: 9 << 16 });
    touch(m, VA);
    low.map(BigInt(VA), NEW, RW | D.ng);
    setAsid(m, 2);
    expect(resultOf(m, VA)).toBe(OLD);
    m.registers.ttbr0El1Hi = 8 << 16;
    m.mmu.contextChanged();
    expect([inlineOf(m, VA), resultOf(m, VA)]).toEqual([null, NEW]);
    m.set({ tcrEl1Lo: m.registers.tcrEl1Lo + (1 << 22) });
    low.map(BigInt(VA), OLD, RW | D.ng);
    touch(m, VA);
    low.map(BigInt(VA), NEW, RW | D.ng);
    tlbi32(m, 'TLBIASID', 0, 8);
    expect(resultOf(m, VA)).toBe(OLD);
    tlbi32(m, 'TLBIMVA', VA, 9);
    expect(resultOf(m, VA)).toBe(NEW);
  });
});

describe('all', () => {
  test.each(['TLBIALL', 'TLBIALLIS', 'ITLBIALL', 'DTLBIALL', 'TLBIALLNSNH', 'TLBIALLNSNHIS'] as const)(
    '%s drops what is of PL1&0',
    (operation) => {
      const { m } = changed(7);
      tlbi32(m, operation);
      expect([inlineOf(m, VA), inlineOf(m, KERNEL)]).toEqual([null, null]);
      expect([resultOf(m, VA), resultOf(m, KERNEL)]).toEqual([NEW, NEW]);
    },
  );
  test('PL1&0 and Hyp mode are apart', () => {
    const { m, low } = longMachine();
    m.set({ sctlrEl2: 1, ttbr0El2Lo: low.root });
    const both = (): unknown[] =>
      [1, 2].map((el) => {
        m.el(el);
        return resultOf(m, VA);
      });
    const remapped = (pa: number, operation: TlbiOperation): unknown[] => {
      low.map(BigInt(VA), pa, RW);
      tlbi32(m, operation, VA);
      return both();
    };
    low.map(BigInt(VA), 0x10_0000, RW);
    expect(both()).toEqual([0x10_0000, 0x10_0000]);
    expect(remapped(0x20_0000, 'TLBIALL')).toEqual([0x20_0000, 0x10_0000]);
    expect(remapped(0x30_0000, 'TLBIMVAH')).toEqual([0x20_0000, 0x30_0000]);
    expect(remapped(0x40_0000, 'TLBIMVA')).toEqual([0x40_0000, 0x30_0000]);
    expect(remapped(0x50_0000, 'TLBIALLHIS')).toEqual([0x40_0000, 0x50_0000]);
    expect(remapped(0x60_0000, 'TLBIALLNSNH')).toEqual([0x60_0000, 0x50_0000]);
    expect(remapped(0x70_0000, 'TLBIMVAHIS')).toEqual([0x60_0000, 0x70_0000]);
    expect(remapped(0x80_0000, 'TLBIALLH')).toEqual([0x60_0000, 0x80_0000]);
  });
  test('stage 2: TLBIALL in Hyp mode, TLBIALLNSNH, TLBIIPAS2', () => {
    const { m } = shortMachine();
    m.set({ sctlrEl1: 0 });
    const s2: Tables = addStage2(m);
    const remapped = (pa: number, el: number, ...operations: TlbiOperation[]): unknown => {
      s2.map(0x80_1234_5000n, pa, S2_RWX);
      s2.map(0x1234_5000n, pa, S2_RWX);
      m.el(el);
      for (const operation of operations) m.mmu.tlbi(operation, operation.includes('IPA') ? 0x1_2345 : 0, 0);
      m.el(1);
      return resultOf(m, 0x1234_5000);
    };
    expect(remapped(0x5000, 1)).toBe(0x5000);
    expect(remapped(0x6000, 1, 'TLBIALL')).toBe(0x5000);
    expect(remapped(0x7000, 2, 'TLBIALLIS')).toBe(0x7000);
    expect(remapped(0x8000, 2, 'TLBIALLNSNHIS')).toBe(0x8000);
    expect(remapped(0x9000, 2, 'TLBIIPAS2')).toBe(0x8000);
    expect(remapped(0xa000, 1, 'TLBIIPAS2LIS', 'TLBIALL')).toBe(0xa000);
  });
  test('TLBIIPAS2 names 40 bits', () => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), 0x80_1234_5000, RW);
    const s2 = addStage2(m);
    for (let at = 0x10_0000; at < 0x10_4000; at += 4096) s2.map(BigInt(at), at, S2_RWX);
    s2.map(0x80_1234_5000n, OLD, S2_RWX);
    expect(resultOf(m, VA)).toBe(OLD);
    s2.map(0x80_1234_5000n, NEW, S2_RWX);
    m.mmu.tlbi('TLBIIPAS2IS', 0x801_2345, 0);
    tlbi32(m, 'TLBIALL');
    expect(resultOf(m, VA)).toBe(NEW);
  });
});

test('sections of long descriptors go whole', () => {
  const { m, low } = longMachine();
  low.map(0x8000_0000n, 0, RW, 2);
  for (const offset of [0, 0x1f_f000]) touch(m, 0x8000_0000 + offset);
  low.map(0x8000_0000n, 0x20_0000, RW, 2);
  tlbi32(m, 'TLBIMVAA', 0x8010_0000);
  expect([inlineOf(m, 0x8000_0000), inlineOf(m, 0x801f_f000)]).toEqual([null, null]);
  expect(resultOf(m, 0x801f_f000)).toBe(0x3f_f000);
});
