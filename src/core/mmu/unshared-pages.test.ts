import { describe, expect, test } from 'vitest';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import { D, type Machine, RW, S2_RWX } from './mmu.fixture.ts';
import {
  addStage2,
  EAE,
  inlineOf,
  longMachine,
  PAGE_RW,
  resultOf,
  S,
  type ShortTables,
  setAsid,
  setDomains,
  shortMachine,
  tlbi32,
  touch,
} from './mmu-aarch32.fixture.ts';

const { execute, unprivileged } = Access;
const USER = 0x1_2000;
const KERNEL = 0xc123_4000;
const VECTORS = 0xffff_0000;
const OLD = 0x30_0000;
const NEW = 0x50_0000;
// Domains as Linux with CONFIG_CPU_SW_DOMAIN_PAN uses them: 0 is the kernel's, 1 the user's, 3 the vectors'.
const ENABLED = 0b01_00_01_01;
const DISABLED = 0b01_00_00_01;

const numbers = (m: Machine): number[] => [m.cpu.get32(cells.CONTEXT), m.cpu.get32(cells.CONTEXT_UNPRIVILEGED)];

/** A process under a kernel that has switched user access on and off before. */
const linux = (): { m: Machine; low: ShortTables } => {
  const { m, low } = shortMachine();
  low.page(USER, OLD, PAGE_RW | S.small.ng, S.domain(1));
  low.page(KERNEL, OLD + 0x1000, S.small.ap(1) | S.small.c);
  low.page(VECTORS, OLD + 0x2000, S.small.ap(2) | S.small.c, S.domain(3));
  m.set({ dacr: DISABLED });
  setAsid(m, 3);
  for (const dacr of [ENABLED, DISABLED]) setDomains(m, dacr);
  return { m, low };
};

describe('switching a domain on and off', () => {
  test("keeps the kernel's pages in the inline TLBs", () => {
    const { m } = linux();
    for (const va of [KERNEL, VECTORS]) touch(m, va);
    for (const dacr of [ENABLED, DISABLED]) {
      setDomains(m, dacr);
      expect([inlineOf(m, KERNEL), inlineOf(m, VECTORS)]).toEqual([OLD + 0x1000, OLD + 0x2000]);
    }
  });
  test('refuses the pages of the domain while it is off', () => {
    const { m } = linux();
    expect(resultOf(m, USER)).toBe('domain/2');
    setDomains(m, ENABLED);
    touch(m, USER);
    expect(inlineOf(m, USER)).toBe(OLD);
    setDomains(m, DISABLED);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, 'domain/2']);
    expect(resultOf(m, USER, unprivileged)).toBe('domain/2');
    setDomains(m, ENABLED);
    expect([inlineOf(m, USER), inlineOf(m, USER, cells.TLB_WRITE)]).toEqual([OLD, OLD]);
  });
  test.each([
    ['TLBIMVA', (m: Machine) => tlbi32(m, 'TLBIMVA', USER, 3)],
    ['TLBIMVAA', (m: Machine) => tlbi32(m, 'TLBIMVAA', USER)],
    ['TLBIASID', (m: Machine) => tlbi32(m, 'TLBIASID', 0, 3)],
    ['TLBIALL', (m: Machine) => tlbi32(m, 'TLBIALL')],
    ['another state', (m: Machine) => m.mmu.clear()],
  ] as const)('what is dropped while it is off does not come back: %s', (_name, drop) => {
    const { m, low } = linux();
    setDomains(m, ENABLED);
    touch(m, USER);
    setDomains(m, DISABLED);
    low.page(USER, NEW, PAGE_RW | S.small.ng, S.domain(1));
    drop(m);
    setDomains(m, ENABLED);
    expect([inlineOf(m, USER), inlineOf(m, USER, cells.TLB_WRITE), resultOf(m, USER)]).toEqual([null, null, NEW]);
  });
  test.each([
    ['code that is known', (m: Machine) => m.mmu.flushWriteEntriesOf(cells.HOST_MEMORY + OLD)],
    ['memory that is tracked anew', (m: Machine) => m.mmu.flushWriteEntries()],
    ['watched stores', (m: Machine) => m.mmu.flushEntriesOf(new Set(), new Set([OLD >>> 12]))],
  ] as const)('stores that must be seen are, whatever was on before: %s', (_name, flush) => {
    const { m } = linux();
    setDomains(m, ENABLED);
    touch(m, USER);
    setDomains(m, DISABLED);
    flush(m);
    setDomains(m, ENABLED);
    expect(inlineOf(m, USER, cells.TLB_WRITE)).toBe(null);
  });
  test('another process has none of it, nor what it leaves alone', () => {
    const { m, low } = linux();
    setDomains(m, ENABLED);
    touch(m, USER);
    setDomains(m, DISABLED);
    low.page(USER, NEW, PAGE_RW | S.small.ng, S.domain(1));
    setAsid(m, 4);
    setDomains(m, ENABLED);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, NEW]);
    touch(m, USER);
    setDomains(m, DISABLED);
    setAsid(m, 3);
    setDomains(m, ENABLED);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, OLD]);
  });
  test('the first switch of all too', () => {
    const { m, low } = shortMachine();
    low.page(USER, OLD, PAGE_RW, S.domain(1));
    m.set({ dacr: ENABLED });
    touch(m, USER);
    setDomains(m, DISABLED);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, 'domain/2']);
  });
  test('global pages of the domain are no exception', () => {
    const { m, low } = linux();
    low.page(USER, OLD, PAGE_RW, S.domain(1));
    setDomains(m, ENABLED);
    touch(m, USER);
    setDomains(m, DISABLED);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, 'domain/2']);
  });
  test('keeps what LDRT, STRT and the process itself reached', () => {
    const { m } = linux();
    m.config = { current: 1, unprivileged: 0 };
    setDomains(m, ENABLED);
    touch(m, USER, unprivileged);
    setDomains(m, DISABLED);
    expect(inlineOf(m, USER, cells.TLB_READ, cells.CONTEXT_UNPRIVILEGED)).toBe(null);
    setDomains(m, ENABLED);
    expect(inlineOf(m, USER, cells.TLB_READ, cells.CONTEXT_UNPRIVILEGED)).toBe(OLD);
    m.el(0);
    expect(inlineOf(m, USER)).toBe(OLD);
  });
  test('gives context numbers out once', () => {
    const { m } = linux();
    const off = numbers(m);
    setDomains(m, ENABLED);
    const on = numbers(m);
    expect(on[0]).toBe(off[0]);
    expect(on[1]).not.toBe(off[1]);
    for (let i = 0; i < 10_000; i++) setDomains(m, i % 2 === 0 ? DISABLED : ENABLED);
    expect([numbers(m), m.allCodeInvalidated]).toEqual([on, 0]);
  });
  test('code that EL1 runs in the domain is forgotten', () => {
    const { m } = linux();
    setDomains(m, ENABLED);
    resultOf(m, KERNEL, execute);
    setDomains(m, DISABLED);
    expect(m.allCodeInvalidated).toBe(0);
    setDomains(m, ENABLED);
    resultOf(m, USER, execute);
    setDomains(m, DISABLED);
    expect(m.allCodeInvalidated).toBe(1);
  });
  test('many pages of it', () => {
    const { m, low } = linux();
    setDomains(m, ENABLED);
    const pages = Array.from({ length: 700 }, (_, i) => 0x10_0000 + i * 4096);
    for (const va of pages) {
      low.page(va, OLD, PAGE_RW, S.domain(1));
      touch(m, va);
    }
    for (let i = 0; i < 3; i++) {
      setDomains(m, DISABLED);
      expect(pages.filter((va) => inlineOf(m, va) !== null)).toEqual([]);
      setDomains(m, ENABLED);
      expect(pages.filter((va) => inlineOf(m, va) !== null)).toEqual(pages.slice(-16));
    }
  });
});

describe('managers', () => {
  test('come and go', () => {
    const { m, low } = linux();
    low.page(USER, OLD, S.small.ap(0), S.domain(1));
    const found = [ENABLED, ENABLED | 0b10_00, ENABLED, 0xffff_ffff, 0, 0xffff_ffff, ENABLED].map((dacr) => {
      setDomains(m, dacr);
      const got = resultOf(m, USER);
      if (typeof got === 'number') touch(m, USER);
      return [got, inlineOf(m, USER)];
    });
    const refused = ['permission/2', null];
    expect(found).toEqual([refused, [OLD, OLD], refused, [OLD, OLD], ['domain/2', null], [OLD, OLD], refused]);
  });
  test('of stage 1 are bound by stage 2', () => {
    const { m, low } = shortMachine();
    low.section(0, 0, 0);
    const s2 = addStage2(m);
    for (let at = 0; at < 0x20_0000; at += 4096) s2.map(BigInt(at), at, S2_RWX & ~(at === 0x5000 ? D.s2w : 0n));
    m.set({ dacr: 3 });
    expect(resultOf(m, 0x5000)).toBe(0x5000);
    expect(resultOf(m, 0x5000, Access.write)).toBe('permission/3 s2');
    expect(resultOf(m, 0x6000, Access.write)).toBe(0x6000);
  });
});

describe('address spaces', () => {
  test("the kernel's global pages stay in the inline TLBs, the user's go", () => {
    const { m, low } = linux();
    setDomains(m, ENABLED);
    for (const va of [USER, KERNEL]) touch(m, va);
    low.page(USER, NEW, PAGE_RW | S.small.ng, S.domain(1));
    setAsid(m, 4);
    expect([inlineOf(m, KERNEL), inlineOf(m, USER), resultOf(m, USER)]).toEqual([OLD + 0x1000, null, NEW]);
    touch(m, USER);
    setAsid(m, 3);
    expect([inlineOf(m, KERNEL), inlineOf(m, USER), resultOf(m, USER)]).toEqual([OLD + 0x1000, null, OLD]);
  });
  test('of processes are kept apart, and come back', () => {
    const { m, low } = linux();
    setDomains(m, ENABLED);
    m.el(0);
    touch(m, USER);
    low.page(USER, NEW, PAGE_RW | S.small.ng, S.domain(1));
    setAsid(m, 4);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, NEW]);
    setAsid(m, 3);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([OLD, OLD]);
  });
  test('TLBIASID reaches what EL1 has of the current one', () => {
    const { m, low } = linux();
    setDomains(m, ENABLED);
    touch(m, USER);
    low.page(USER, NEW, PAGE_RW | S.small.ng, S.domain(1));
    tlbi32(m, 'TLBIASID', 0, 3);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, NEW]);
  });
  test.each([
    ['MMU off', { sctlrEl1: 0 }, KERNEL],
    ['SCTLR.AFE', { sctlrEl1: 1 | (1 << 29) }, NEW],
    ['SCTLR.TRE', { sctlrEl1: 1 | (1 << 28) }, NEW],
    ['TTBCR.N', { tcrEl1Lo: 1 }, 'translation/1'],
    ['HCR.TGE', { hcrEl2Lo: 1 << 27 }, KERNEL],
  ] as const)('other settings are kept apart, and come back: %s', (_name, settings, found) => {
    const { m, low } = linux();
    touch(m, KERNEL);
    low.page(KERNEL, NEW, S.small.ap(1) | S.small.c);
    const before = { ...m.registers };
    m.set(settings);
    expect([inlineOf(m, KERNEL), resultOf(m, KERNEL)]).toEqual([null, found]);
    m.set(before);
    expect([inlineOf(m, KERNEL), resultOf(m, KERNEL)]).toEqual([OLD + 0x1000, OLD + 0x1000]);
  });
});

describe("TTBCR that takes the user's half away (Linux, CONFIG_CPU_TTBR0_PAN)", () => {
  /** T0SZ = 7, EPD0, A1. */
  const OFF = EAE + 7 + (1 << 7) + (1 << 22);
  const linuxLpae = (): Machine => {
    const { m, low } = longMachine();
    low.map(BigInt(USER), OLD, RW | D.el0 | D.ng);
    low.map(BigInt(KERNEL), OLD + 0x1000, RW);
    // With T1SZ = 0 TTBR1's table is like TTBR0's.
    m.set({ tcrEl1Lo: EAE, ttbr0El1Hi: 3 << 16, ttbr1El1Lo: low.root, ttbr1El1Hi: 0 });
    return m;
  };
  test("keeps the kernel's pages in the inline TLBs, and refuses the user's", () => {
    const m = linuxLpae();
    touch(m, KERNEL);
    touch(m, USER);
    m.set({ tcrEl1Lo: OFF });
    expect([inlineOf(m, KERNEL), resultOf(m, KERNEL)]).toEqual([OLD + 0x1000, OLD + 0x1000]);
    expect([inlineOf(m, USER), resultOf(m, USER)]).toEqual([null, 'translation/1']);
    m.set({ tcrEl1Lo: EAE });
    expect([inlineOf(m, KERNEL), inlineOf(m, USER), resultOf(m, USER)]).toEqual([OLD + 0x1000, OLD, OLD]);
  });
  test('gives context numbers out once', () => {
    const m = linuxLpae();
    m.config = { current: 1, unprivileged: 0 };
    m.set({ tcrEl1Lo: OFF });
    m.set({ tcrEl1Lo: EAE });
    const on = numbers(m);
    for (let i = 0; i < 5000; i++) m.set({ tcrEl1Lo: i % 2 === 0 ? OFF : EAE });
    expect([numbers(m), m.allCodeInvalidated]).toEqual([on, 0]);
    m.el(0);
    expect(numbers(m)[0]).toBe(on[1]);
  });
});

describe('execution states', () => {
  test('of EL1 are kept apart', () => {
    const { m, low } = shortMachine();
    low.page(KERNEL, OLD);
    touch(m, KERNEL);
    m.registers.el1Aarch32 = false;
    m.registers.sctlrEl1 = 0;
    m.mmu.contextChanged();
    expect([inlineOf(m, KERNEL), resultOf(m, KERNEL)]).toEqual([null, KERNEL]);
    m.registers.el1Aarch32 = true;
    m.registers.sctlrEl1 = 1;
    m.mmu.contextChanged();
    expect([inlineOf(m, KERNEL), resultOf(m, KERNEL)]).toEqual([OLD, OLD]);
  });
  test('clear drops everything', () => {
    const { m, low } = linux();
    touch(m, KERNEL);
    low.page(KERNEL, NEW, S.small.ap(1) | S.small.c);
    m.mmu.clear();
    expect([inlineOf(m, KERNEL), resultOf(m, KERNEL)]).toEqual([null, NEW]);
  });
  test('the numbers of spaces can be used up', () => {
    const { m, low } = shortMachine();
    low.page(KERNEL, OLD);
    for (let n = 0; n < 9000; n++) {
      setDomains(m, 0x5555_5555 | (Math.imul(n, 0x2222) & 0xaaaa_aaaa));
      expect(resultOf(m, KERNEL)).toBe(OLD);
    }
  });
});
