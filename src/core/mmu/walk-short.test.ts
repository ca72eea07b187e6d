import { describe, expect, test } from 'vitest';
import { Access } from './access.ts';
import { HOST_BYTES, S2_RWX } from './mmu.fixture.ts';
import {
  addStage2,
  armv7Machine,
  CLIENTS,
  PAGE_RW,
  resultOf,
  rights,
  S,
  SECTION_RW,
  ShortTables,
  shortMachine,
} from './mmu-aarch32.fixture.ts';

const { read, write, execute, unprivileged } = Access;
const VA = 0x8123_4000;
const AFE = 1 << 29;
const TRE = 1 << 28;

test('stage 1 off: flat, Strongly-ordered for data, domains ignored', () => {
  const m = armv7Machine();
  m.set({ dacr: 0 });
  expect(resultOf(m, 0xffff_fffc)).toBe(0xffff_fffc);
  expect([m.mmu.device, m.mmu.attributes]).toEqual([true, 0]);
  expect(resultOf(m, 0x1234, execute)).toBe(0x1234);
  m.set({ hcrEl2Lo: 1 << 27, sctlrEl1: 1 });
  expect(resultOf(m, 0x1234)).toBe(0x1234);
});

describe('descriptors', () => {
  test('sections, supersections, large and small pages, from the walk and again from the TLB', () => {
    const { m, low } = shortMachine();
    low.section(0x1230_0000, 0x4560_0000);
    low.supersection(0x8000_0000, 0xab_c100_0000);
    low.largePage(0x2001_0000, 0x7_0000);
    low.page(VA, 0x5_6000);
    for (let i = 0; i < 2; i++) {
      expect([resultOf(m, 0x123a_bcde), m.mmu.blockBytes]).toEqual([0x456a_bcde, 1 << 20]);
      expect([resultOf(m, 0x8012_3456), m.mmu.blockBytes]).toEqual([0xab_c112_3456, 1 << 24]);
      expect(resultOf(m, 0x80ff_fffc)).toBe(0xab_c1ff_fffc);
      expect([resultOf(m, 0x2001_abcd), m.mmu.blockBytes]).toEqual([0x7_abcd, 1 << 16]);
      expect([resultOf(m, VA + 0x123), m.mmu.blockBytes]).toEqual([0x5_6123, 4096]);
      expect([m.mmu.device, m.mmu.attributes, m.mmu.shareability]).toEqual([false, 0xee, 0]);
    }
  });
  test('faults of both levels', () => {
    const { m, low } = shortMachine();
    low.page(VA, 0x5_6000, PAGE_RW, S.domain(3));
    const told = (va: number): unknown[] => [
      resultOf(m, va),
      m.mmu.fault.short,
      m.mmu.fault.shortStatus,
      m.mmu.fault.status,
      m.mmu.fault.domain,
    ];
    expect(told(VA + 0x10_0000)).toEqual(['translation/1', true, 0b00101, 0b000101, 0]);
    expect(told(VA + 0x1000)).toEqual(['translation/2', true, 0b00111, 0b000110, 3]);
    low.put(0x40_0000, HOST_BYTES | S.domain(4) | 1);
    expect(told(0x40_0000)).toEqual(['external/2', true, 0b01110, 0b010110, 4]);
    m.set({ ttbr0El1Lo: HOST_BYTES });
    expect(told(0)).toEqual(['external/1', true, 0b01100, 0b010101, 0]);
  });
  test('what goes on beyond the last address faults', () => {
    const { m } = shortMachine();
    expect(m.result(1n << 32n)).toBe('translation/1');
  });
  test('the access flag with SCTLR.AFE', () => {
    const { m, low } = shortMachine();
    low.section(0x10_0000, 0x30_0000, S.section.ap(2) | S.domain(5));
    low.page(VA, 0x5_6000, S.small.ap(2));
    expect(resultOf(m, 0x10_0000)).toBe(0x30_0000);
    m.set({ sctlrEl1: 1 | AFE });
    expect([resultOf(m, 0x10_0000), m.mmu.fault.shortStatus, m.mmu.fault.domain]).toEqual(['accessFlag/1', 0b00011, 5]);
    expect([resultOf(m, VA), m.mmu.fault.shortStatus]).toEqual(['accessFlag/2', 0b00110]);
    low.section(0x10_0000, 0x30_0000, S.section.ap(3));
    expect(resultOf(m, 0x10_0000)).toBe(0x30_0000);
  });
  test('big-endian tables', () => {
    const m = armv7Machine();
    const tables = new ShortTables(m, 0x10_0000, true);
    tables.page(VA, 0x5_6000);
    m.set({ sctlrEl1: 1 | (1 << 25), ttbr0El1Lo: tables.root });
    expect(resultOf(m, VA)).toBe(0x5_6000);
  });
});

describe('TTBCR', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('N = %i: TTBR1 has what is above, TTBR0 a smaller table', (n) => {
    const { m, low, high } = shortMachine();
    const limit = 2 ** (32 - n);
    // The table is aligned to its size only.
    const base = 0x30_0000 + (0x4000 >> n);
    const small = new ShortTables(m, base);
    small.section(0, 0x50_0000);
    small.section(limit - 0x10_0000, 0x60_0000);
    low.section(limit, 0x10_0000);
    high.section(limit, 0x70_0000);
    high.section(0xfff0_0000, 0x80_0000);
    m.set({ tcrEl1Lo: n, ttbr0El1Lo: base | 0x4a });
    expect(resultOf(m, 4)).toBe(0x50_0004);
    expect(resultOf(m, limit - 4)).toBe(0x6f_fffc);
    expect(resultOf(m, limit)).toBe(0x70_0000);
    expect(resultOf(m, 0xffff_ffff)).toBe(0x8f_ffff);
  });
  test('PD0 and PD1', () => {
    const { m, low, high } = shortMachine();
    low.section(0, 0x50_0000);
    high.section(0x8000_0000, 0x70_0000);
    m.set({ tcrEl1Lo: 1 | (1 << 4) });
    expect([resultOf(m, 0), m.mmu.fault.shortStatus]).toEqual(['translation/1', 0b00101]);
    expect(resultOf(m, 0x8000_0000)).toBe(0x70_0000);
    m.set({ tcrEl1Lo: 1 | (1 << 5) });
    expect(resultOf(m, 0)).toBe(0x50_0000);
    expect(resultOf(m, 0x8000_0000)).toBe('translation/1');
  });
});

describe('permissions', () => {
  test.each([
    [0, '------'],
    [1, '---rwx'],
    [2, 'r-xrwx'],
    [3, 'rwxrwx'],
    [4, '------'],
    [5, '---r-x'],
    [6, 'r-xr-x'],
    [7, 'r-xr-x'],
  ])('AP[2:0] = %i', (ap, expected) => {
    const { m, low } = shortMachine();
    low.page(VA, 0x5_6000, S.small.ap(ap));
    low.largePage(0x2001_0000, 0x7_0000, S.small.ap(ap));
    low.section(0x1230_0000, 0x4560_0000, S.section.ap(ap));
    low.supersection(0x8000_0000, 0x100_0000, S.section.ap(ap));
    expect([rights(m, VA, 2), rights(m, 0x2001_0000, 2)]).toEqual([expected, expected]);
    expect([rights(m, 0x1230_0000, 1), rights(m, 0x8000_0000, 1)]).toEqual([expected, expected]);
  });
  test.each([
    [1, '---rwx'],
    [3, 'rwxrwx'],
    [5, '---r-x'],
    [7, 'r-xr-x'],
  ])('AP[2:1] with SCTLR.AFE, AP[2:0] = %i', (ap, expected) => {
    const { m, low } = shortMachine();
    m.set({ sctlrEl1: 1 | AFE });
    low.page(VA, 0x5_6000, S.small.ap(ap));
    expect(rights(m, VA, 2)).toBe(expected);
  });
  test('XN and PXN', () => {
    const { m, low } = shortMachine();
    low.section(0x1230_0000, 0, S.section.ap(3) | S.section.xn);
    low.section(0x1240_0000, 0, S.section.ap(3) | S.section.pxn);
    low.supersection(0x8000_0000, 0, S.section.ap(3) | S.section.xn);
    low.largePage(0x2001_0000, 0, S.small.ap(3) | S.large.xn);
    low.page(VA, 0, S.small.ap(3) | S.small.xn);
    low.page(0x3000_0000, 0, S.small.ap(3), S.tablePxn);
    expect(rights(m, 0x1230_0000, 1)).toBe('rw-rw-');
    expect(rights(m, 0x1240_0000, 1)).toBe('rwxrw-');
    expect(rights(m, 0x8000_0000, 1)).toBe('rw-rw-');
    expect(rights(m, 0x2001_0000, 2)).toBe('rw-rw-');
    expect(rights(m, VA, 2)).toBe('rw-rw-');
    expect(rights(m, 0x3000_0000, 2)).toBe('rwxrw-');
  });
  test.each([
    ['WXN', 1 << 19, ['---rw-', 'r-xrw-', 'rw-rw-', 'r-xr-x']],
    ['UWXN', 1 << 20, ['---rwx', 'r-xrwx', 'rwxrw-', 'r-xr-x']],
  ])('SCTLR.%s', (_name, bit, expected) => {
    const { m, low } = shortMachine();
    m.set({ sctlrEl1: 1 | bit });
    const found = [1, 2, 3, 7].map((ap, i) => {
      low.page(VA + i * 4096, 0, S.small.ap(ap));
      return rights(m, VA + i * 4096, 2);
    });
    expect(found).toEqual(expected);
  });
  test('LDRT and STRT have those of PL0', () => {
    const { m, low } = shortMachine();
    low.page(VA, 0x5_6000, S.small.ap(2));
    low.page(VA + 0x1000, 0x5_7000, S.small.ap(1));
    expect(resultOf(m, VA, read | unprivileged)).toBe(0x5_6000);
    expect([resultOf(m, VA, write | unprivileged), m.mmu.fault.shortStatus]).toEqual(['permission/2', 0b01111]);
    expect(resultOf(m, VA, write)).toBe(0x5_6000);
    expect(resultOf(m, VA + 0x1000, read | unprivileged)).toBe('permission/2');
    low.section(0x10_0000, 0, S.section.ap(0));
    expect([resultOf(m, 0x10_0000), m.mmu.fault.shortStatus]).toEqual(['permission/1', 0b01101]);
  });
});

describe('domains', () => {
  test('no access, client, reserved, manager', () => {
    const { m, low } = shortMachine();
    low.section(0x1230_0000, 0x100_0000, S.section.ap(1) | S.section.xn | S.domain(7));
    low.page(VA, 0x5_6000, S.small.ap(0), S.domain(7));
    const found = [0, 1, 2, 3].map((access) => {
      m.set({ dacr: (CLIENTS & ~(3 << 14)) | (access << 14) });
      return [rights(m, 0x1230_0000, 1), rights(m, VA, 2)];
    });
    expect(found).toEqual([
      ['domain/1', 'domain/2'],
      ['---rw-', '------'],
      ['domain/1', 'domain/2'],
      ['rwxrwx', 'rwxrwx'],
    ]);
  });
  test('faults tell the domain, and come after all others of the walk', () => {
    const { m, low } = shortMachine();
    low.section(0x1230_0000, 0, SECTION_RW | S.domain(7));
    low.page(VA, 0x5_6000, S.small.ap(2), S.domain(9));
    m.set({ dacr: 0 });
    const told = (va: number): unknown[] => [
      resultOf(m, va),
      m.mmu.fault.shortStatus,
      m.mmu.fault.status,
      m.mmu.fault.domain,
    ];
    expect(told(0x1230_0000)).toEqual(['domain/1', 0b01001, 0b111101, 7]);
    expect(told(VA)).toEqual(['domain/2', 0b01011, 0b111110, 9]);
    expect(told(VA + 0x1000)).toEqual(['translation/2', 0b00111, 0b000110, 9]);
    m.set({ sctlrEl1: 1 | AFE });
    expect(told(VA)).toEqual(['accessFlag/2', 0b00110, 0b001010, 9]);
  });
  test('supersections are in domain 0', () => {
    const { m, low } = shortMachine();
    low.supersection(0x8000_0000, 0xf0_0100_0000);
    m.set({ dacr: 1 });
    expect(resultOf(m, 0x8000_0000)).toBe(0xf0_0100_0000);
    m.set({ dacr: CLIENTS - 1 });
    expect([resultOf(m, 0x8000_0000), m.mmu.fault.domain]).toEqual(['domain/1', 0]);
  });
});

describe('memory attributes', () => {
  const attributesOf = (texcb: number, sctlr: number, s = 0): number[] => {
    const { m, low } = shortMachine();
    m.set({ sctlrEl1: 1 | sctlr, mairEl1Lo: 0xff0a_81a8, mairEl1Hi: 0x40e0_40e0 });
    const cb = ((texcb & 2) << 2) | ((texcb & 1) << 2);
    low.section(0, 0, S.section.ap(3) | S.section.tex(texcb >>> 2) | cb | s);
    low.page(VA, 0, S.small.ap(3) | S.small.tex(texcb >>> 2) | cb | (s === 0 ? 0 : S.small.s));
    low.largePage(0x2001_0000, 0, S.small.ap(3) | S.large.tex(texcb >>> 2) | cb | (s === 0 ? 0 : S.small.s));
    const found = [0, VA, 0x2001_0000].map((va) => [resultOf(m, va) === 0, m.mmu.attributes, m.mmu.shareability]);
    expect(found).toEqual([found[0], found[0], found[0]]);
    return found[0]?.slice(1) as number[];
  };
  test.each([
    ['Strongly-ordered', 0b00000, 0x00, 2],
    ['Device', 0b00001, 0x04, 2],
    ['Write-Through', 0b00010, 0xaa, 0],
    ['Write-Back', 0b00011, 0xee, 0],
    ['Non-cacheable', 0b00100, 0x44, 2],
    ['Write-Back Write-Allocate', 0b00111, 0xff, 0],
    ['Non-shareable Device', 0b01000, 0x04, 2],
    ['outer Non-cacheable, inner Write-Back Write-Allocate', 0b10001, 0x4f, 0],
    ['outer Write-Back Write-Allocate, inner Write-Through', 0b10110, 0xfa, 0],
    ['outer Write-Through, inner Write-Back', 0b11011, 0xae, 0],
  ])('%s', (_name, texcb, attributes, shareability) => {
    expect(attributesOf(texcb, 0)).toEqual([attributes, shareability]);
    expect(attributesOf(texcb, 0, S.section.s)).toEqual([attributes, 2]);
  });
  // PRRR and NMRR as Linux has them.
  test.each([
    ['Strongly-ordered', 0b000, 0x00, 2, 2],
    ['Non-cacheable', 0b001, 0x44, 2, 2],
    ['Write-Through', 0b010, 0xaa, 0, 3],
    ['Write-Back', 0b011, 0xee, 0, 3],
    ['Device', 0b100, 0x04, 2, 2],
    ['Write-Back Write-Allocate', 0b111, 0xff, 0, 3],
  ])('TEX remap: %s', (_name, region, attributes, alone, shared) => {
    for (const tex of [0, 0b01000, 0b11000]) {
      expect(attributesOf(region | tex, TRE)).toEqual([attributes, alone]);
      expect(attributesOf(region | tex, TRE, S.section.s)).toEqual([attributes, shared]);
    }
  });
  test('outer and inner policies of NMRR, PRRR.NOS, PRRR.NS0', () => {
    const { m, low } = shortMachine();
    low.page(VA, 0, S.small.ap(3));
    m.set({ sctlrEl1: 1 | TRE, mairEl1Lo: 2 | (1 << 18), mairEl1Hi: 1 | (2 << 16) });
    resultOf(m, VA);
    expect([m.mmu.attributes, m.mmu.shareability]).toEqual([0xaf, 2]);
  });
});

describe('stage 2', () => {
  test('translates tables and addresses; its faults tell the IPA', () => {
    const { m, low } = shortMachine();
    const s2 = addStage2(m);
    const leaf = low.page(VA, 0x70_1000);
    low.supersection(0x9000_0000, 0x12_0100_0000);
    m.set({ ttbr0El1Lo: 0x55_8000 });
    for (let at = 0; at < 0x4000; at += 4096) s2.map(BigInt(0x55_8000 + at), low.root + at, S2_RWX);
    expect(resultOf(m, VA)).toBe('translation/2 s2 ptw');
    expect([m.mmu.fault.ipa, m.mmu.fault.status]).toEqual([leaf, 0b000110]);
    s2.map(BigInt(leaf & ~0xfff), leaf & ~0xfff, S2_RWX);
    expect(resultOf(m, VA + 8)).toBe('translation/2 s2');
    expect(m.mmu.fault.ipa).toBe(0x70_1008);
    s2.map(0x70_1000n, 0x30_2000, S2_RWX);
    expect([resultOf(m, VA + 8), resultOf(m, VA + 12)]).toEqual([0x30_2008, 0x30_200c]);
    expect(resultOf(m, 0x9012_3458)).toBe('translation/1 s2');
    expect(m.mmu.fault.ipa).toBe(0x12_0112_3458);
    m.set({ ttbr0El1Lo: 0x54_0000 });
    expect([resultOf(m, VA + 0x1000), m.mmu.fault.ipa]).toEqual(['translation/3 s2 ptw', 0x54_0000 + (VA >>> 20) * 4]);
  });
});
