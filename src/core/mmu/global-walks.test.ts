import { describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import type { TlbiOperation } from './invalidate.ts';
import { type Machine, RW, S2_RWX } from './mmu.fixture.ts';
import {
  addStage2,
  CLIENTS,
  inlineOf,
  longMachine,
  PAGE_RW,
  resultOf,
  S,
  SECTION_RW,
  ShortTables,
  setAsid,
  setDomains,
  shortMachine,
  tlbi32,
  touch,
} from './mmu-aarch32.fixture.ts';

// A kernel of global entries, as Linux for ARMv7 has it in the first-level table of each process.

const USER = 0x0001_0000;
const SUPERSECTION = 0xc000_0000;
const SECTION = 0xc110_0000;
const PAGE = 0xc123_6000;
const NEAR = 0xc123_7000;
const LARGE = 0xc134_0000;
const CLOSED = 0xc150_0000;
const KERNEL = [SUPERSECTION, SECTION, PAGE, NEAR, LARGE];
const OLD = 0x30_0000;
const NEW = 0x50_0000;
const OTHER_ROOT = 0x18_0000;

const cached = (m: Machine, va: number): number => m.mmu.cached(va, 0, Access.read);
const places = (m: Machine, va: number): unknown[] => [cached(m, va), inlineOf(m, va)];
const GONE = [-1, null];

const mapKernel = (tables: ShortTables): void => {
  tables.supersection(SUPERSECTION, 0);
  tables.section(SECTION, OLD);
  for (const va of [PAGE, NEAR]) tables.page(va, OLD);
  tables.largePage(LARGE, OLD);
};
const kernel = ({ third = true } = {}): { m: Machine; low: ShortTables } => {
  const { m, low } = shortMachine();
  m.keepSharedWalks();
  if (third) m.keepGlobalWalks();
  mapKernel(low);
  low.page(USER, OLD, PAGE_RW | S.small.ng);
  setAsid(m, 7);
  for (const va of [...KERNEL, USER]) touch(m, va);
  return { m, low };
};
/** First-level descriptors for the kernel of another process. */
const copyRoot = (m: Machine, from: number, to: number): void => {
  const words = m.cpu.u32;
  const at = (pa: number): number => (cells.HOST_MEMORY + pa) >>> 2;
  words.copyWithin(at(to), at(from), at(from + 0x4000));
};

test.each(['TLBIALL', 'TLBIALLIS', 'ITLBIALL', 'DTLBIALL'] as const)('tlb@2: %s drops all', (operation) => {
  const { m } = kernel({ third: false });
  tlbi32(m, operation);
  for (const va of [...KERNEL, USER]) expect(places(m, va)).toEqual(GONE);
});
test.each(['TLBIALL', 'TLBIALLIS', 'ITLBIALL', 'DTLBIALL'] as const)(
  '%s leaves global entries that a walk would make again',
  (operation) => {
    const { m } = kernel();
    const context = m.cpu.get32(cells.CONTEXT);
    for (let round = 0; round < 3; round++) {
      tlbi32(m, operation);
      expect(m.cpu.get32(cells.CONTEXT)).toBe(context);
      for (const va of KERNEL) expect(places(m, va)).toEqual([resultOf(m, va), resultOf(m, va)]);
      expect(places(m, USER)).toEqual(GONE);
      touch(m, USER);
    }
  },
);
test('those that are not global go, of every ASID and at either level', () => {
  const { m, low } = kernel();
  for (const asid of [1, 255]) {
    setAsid(m, asid);
    touch(m, USER);
    touch(m, USER, Access.unprivileged);
  }
  low.page(USER, NEW, PAGE_RW | S.small.ng);
  tlbi32(m, 'TLBIALL');
  for (const asid of [7, 1, 255]) {
    setAsid(m, asid);
    expect(places(m, USER)).toEqual(GONE);
    expect(inlineOf(m, USER, cells.TLB_READ, cells.CONTEXT_UNPRIVILEGED)).toBe(null);
    expect(resultOf(m, USER)).toBe(NEW);
  }
});

describe('what has changed goes, and its neighbours stay', () => {
  const changes: Record<string, [gone: readonly number[], (low: ShortTables) => void]> = {
    'a page': [[PAGE], (low) => low.page(PAGE, NEW)],
    'the permissions of a page': [[PAGE], (low) => low.page(PAGE, OLD, S.small.ap(5) | S.small.b | S.small.c)],
    'the attributes of a page': [[PAGE], (low) => low.page(PAGE, OLD, S.small.ap(3))],
    'a page that is not global': [[PAGE], (low) => low.page(PAGE, OLD, PAGE_RW | S.small.ng)],
    'a page that is no more': [[PAGE], (low) => low.putPage(PAGE, 0)],
    'the domain of a table': [[PAGE, NEAR], (low) => low.page(PAGE, OLD, PAGE_RW, S.domain(3))],
    'a table': [[PAGE, NEAR], (low) => low.put(PAGE, 0)],
    'a section instead of a table': [[PAGE, NEAR], (low) => low.section(PAGE & 0xfff0_0000, 0)],
    'a section': [[SECTION], (low) => low.section(SECTION, NEW & 0xfff0_0000)],
    'the permissions of a section': [[SECTION], (low) => low.section(SECTION, OLD, SECTION_RW | S.section.xn)],
    'a supersection': [[SUPERSECTION], (low) => low.supersection(SUPERSECTION, 0x100_0000)],
    'a large page': [[LARGE], (low) => low.largePage(LARGE, NEW)],
  };
  test.each(Object.entries(changes))('%s', (_what, [gone, change]) => {
    for (const before of [0, 1, 3]) {
      const { m, low } = kernel();
      for (let n = 0; n < before; n++) tlbi32(m, 'TLBIALL');
      const old = KERNEL.map((va) => places(m, va));
      change(low);
      expect(KERNEL.map((va) => places(m, va))).toEqual(old);
      for (let n = 0; n < 2; n++) {
        tlbi32(m, 'TLBIALL');
        for (const [n, va] of KERNEL.entries()) expect(places(m, va)).toEqual(gone.includes(va) ? GONE : old[n]);
      }
    }
  });
  test('tells the engine of code', () => {
    const { m, low } = kernel();
    for (const va of [PAGE, NEAR]) resultOf(m, va, Access.execute);
    tlbi32(m, 'TLBIALL');
    low.page(PAGE, NEW);
    tlbi32(m, 'TLBIALL');
    expect([m.codeInvalidated, m.allCodeInvalidated]).toEqual([[BigInt(PAGE)], 0]);
  });
  test('a descriptor that was another for a while', () => {
    const { m, low } = kernel();
    tlbi32(m, 'TLBIALL');
    low.page(PAGE, NEW);
    tlbi32(m, 'TLBIMVA', PAGE);
    touch(m, PAGE);
    low.page(PAGE, OLD);
    tlbi32(m, 'TLBIALL');
    expect(places(m, PAGE)).toEqual(GONE);
    low.page(PAGE, NEW);
    low.page(PAGE, OLD);
    expect(resultOf(m, PAGE)).toBe(OLD);
  });
});

describe('the table is the one that there is', () => {
  test('another with the same kernel', () => {
    const { m, low } = kernel();
    copyRoot(m, low.root, OTHER_ROOT);
    for (const [root, asid] of [OTHER_ROOT, low.root, OTHER_ROOT].entries()) {
      m.set({ ttbr0El1Lo: root === 1 ? low.root : OTHER_ROOT });
      setAsid(m, asid & 0xff);
      tlbi32(m, 'TLBIALL');
      for (const va of KERNEL) expect(cached(m, va)).toBe(resultOf(m, va));
    }
    const other = new ShortTables(m, OTHER_ROOT);
    m.set({ ttbr0El1Lo: OTHER_ROOT });
    other.section(SECTION, NEW & 0xfff0_0000);
    other.put(PAGE, 0);
    tlbi32(m, 'TLBIALL');
    expect(KERNEL.map((va) => cached(m, va))).toEqual([0, -1, -1, -1, OLD]);
  });
  test('TTBR1 has its range', () => {
    const { m, low, high } = shortMachine();
    m.keepGlobalWalks();
    m.set({ tcrEl1Lo: 1 });
    mapKernel(high);
    low.page(USER, OLD);
    for (const va of [...KERNEL, USER]) touch(m, va);
    tlbi32(m, 'TLBIALL');
    low.page(USER, NEW);
    high.page(PAGE, NEW);
    tlbi32(m, 'TLBIALL');
    expect([...KERNEL, USER].map((va) => cached(m, va) !== -1)).toEqual([true, true, false, true, true, false]);
    m.set({ tcrEl1Lo: 1 | (1 << 5) });
    tlbi32(m, 'TLBIALL');
    m.set({ tcrEl1Lo: 1 });
    for (const va of KERNEL) expect(places(m, va)).toEqual(GONE);
  });
  test('its descriptors may be big-endian', () => {
    const { m } = shortMachine();
    m.keepGlobalWalks();
    const big = new ShortTables(m, OTHER_ROOT, true);
    mapKernel(big);
    m.set({ sctlrEl1: 1 | (1 << 25), ttbr0El1Lo: OTHER_ROOT });
    for (const va of KERNEL) touch(m, va);
    for (let n = 0; n < 2; n++) {
      tlbi32(m, 'TLBIALL');
      for (const va of KERNEL) expect(cached(m, va)).toBe(resultOf(m, va));
    }
    big.page(PAGE, NEW);
    tlbi32(m, 'TLBIALL');
    expect([cached(m, PAGE), cached(m, NEAR)]).toEqual([-1, OLD]);
  });
  test('where it is not in memory, all goes', () => {
    const { m } = kernel();
    tlbi32(m, 'TLBIALL');
    m.set({ ttbr0El1Lo: 0xffff_0000 });
    tlbi32(m, 'TLBIALL');
    for (const va of KERNEL) expect(places(m, va)).toEqual(GONE);
  });
});

describe('settings', () => {
  test('a domain that DACR closes', () => {
    for (const before of [0, 2]) {
      const { m, low } = kernel();
      low.section(CLOSED, OLD, SECTION_RW | S.domain(3));
      touch(m, CLOSED);
      for (let n = 0; n < before; n++) tlbi32(m, 'TLBIALL');
      setDomains(m, CLIENTS & ~(3 << 6));
      tlbi32(m, 'TLBIALL');
      setDomains(m, CLIENTS);
      expect(places(m, CLOSED)).toEqual(GONE);
      for (const va of KERNEL) expect(cached(m, va)).toBe(resultOf(m, va));
    }
  });
  test('what was made under others goes', () => {
    const { m } = kernel();
    m.set({ sctlrEl1: 1 | (1 << 28) });
    tlbi32(m, 'TLBIALL');
    m.set({ sctlrEl1: 1 });
    for (const va of KERNEL) expect(places(m, va)).toEqual(GONE);
  });
  test('what another PE has goes', () => {
    const { m } = kernel();
    m.set({ processor: 1 });
    for (const va of [PAGE, SECTION]) touch(m, va);
    tlbi32(m, 'TLBIALLIS');
    for (const va of [PAGE, SECTION]) expect(cached(m, va)).toBe(resultOf(m, va));
    m.set({ processor: 0 });
    for (const va of [...KERNEL, USER]) expect(places(m, va)).toEqual(GONE);
  });
  test('another VMID keeps all', () => {
    const { m, low } = kernel();
    low.page(PAGE, NEW);
    m.set({ vttbrEl2Hi: 1 << 16 });
    expect(resultOf(m, PAGE)).toBe(NEW);
    tlbi32(m, 'TLBIALL');
    m.set({ vttbrEl2Hi: 0 });
    expect(resultOf(m, PAGE)).toBe(OLD);
  });
  test('stage 1 off: all goes', () => {
    const { m } = kernel();
    m.set({ sctlrEl1: 0 });
    touch(m, 0x1000);
    tlbi32(m, 'TLBIALL');
    expect(places(m, 0x1000)).toEqual(GONE);
    m.set({ sctlrEl1: 1 });
    for (const va of KERNEL) expect(places(m, va)).toEqual(GONE);
  });
  test('the Long-descriptor format: all goes', () => {
    const { m, low } = longMachine();
    m.keepGlobalWalks();
    low.map(0x8000_0000n, OLD, RW);
    touch(m, 0x8000_0000);
    tlbi32(m, 'TLBIALL');
    expect(places(m, 0x8000_0000)).toEqual(GONE);
  });
  test('AArch64 before: its ASIDs end', () => {
    const { m } = kernel();
    const { sctlrEl1, tcrEl1Lo, tcrEl1Hi, ttbr0El1Lo } = m.registers;
    const other = { el1Aarch32: false, tcrEl1Lo: (16 | (16 << 16) | (2 << 30)) >>> 0, tcrEl1Hi: 4 | (1 << 4) };
    m.set({ ...other, sctlrEl1: 0, ttbr0El1Hi: 0x1234 << 16 });
    const before = m.cpu.get32(cells.CONTEXT);
    m.set({ el1Aarch32: true, sctlrEl1, tcrEl1Lo, tcrEl1Hi, ttbr0El1Lo, ttbr0El1Hi: 0 });
    tlbi32(m, 'TLBIALL');
    m.set({ ...other, sctlrEl1: 0, ttbr0El1Hi: 0x1234 << 16 });
    expect(m.cpu.get32(cells.CONTEXT)).not.toBe(before);
  });
});

test.each([
  ['TLBIALL', 2],
  ['TLBIALLNSNH', 2],
  ['TLBIALLNSNHIS', 1],
  ['VMALLE1', 1],
  ['VMALLS12E1', 2],
  ['ALLE1', 2],
] as const)('%s at EL%i drops all', (operation: TlbiOperation, el) => {
  const { m } = kernel();
  tlbi32(m, 'TLBIALL');
  m.el(el);
  tlbi32(m, operation);
  m.el(1);
  for (const va of [...KERNEL, USER]) expect(places(m, va)).toEqual(GONE);
});

describe('stage 2', () => {
  const stage2 = () => {
    const made = kernel();
    const s2 = addStage2(made.m);
    for (let pa = 0; pa < 0x80_0000; pa += 4096) if (pa !== 0x40_0000) s2.map(BigInt(pa), pa, S2_RWX);
    for (const va of KERNEL) touch(made.m, va);
    return { ...made, s2 };
  };
  test('both stages are walked', () => {
    const { m, low } = stage2();
    for (let n = 0; n < 3; n++) {
      tlbi32(m, 'TLBIALL');
      for (const va of KERNEL) expect(cached(m, va)).toBe(resultOf(m, va));
    }
    low.page(PAGE, NEW);
    tlbi32(m, 'TLBIALL');
    expect([cached(m, PAGE), cached(m, NEAR)]).toEqual([-1, OLD]);
  });
  test("a change that its TLBI tells of is seen, though no entry's table was written to", () => {
    for (const operation of ['TLBIIPAS2', 'IPAS2E1'] as const) {
      const { m, s2 } = stage2();
      tlbi32(m, 'TLBIALL');
      s2.map(BigInt(OLD), NEW, S2_RWX);
      m.mmu.tlbi(operation, OLD >>> 12, 0);
      tlbi32(m, 'TLBIALL');
      expect([cached(m, PAGE), cached(m, SUPERSECTION)]).toEqual([-1, 0]);
      expect(resultOf(m, PAGE)).toBe(NEW);
    }
  });
  test('other settings of it', () => {
    const { m, s2 } = stage2();
    tlbi32(m, 'TLBIALL');
    s2.map(BigInt(OLD), NEW, S2_RWX);
    const { vtcrEl2 } = m.registers;
    m.set({ vtcrEl2: vtcrEl2 | (1 << 8) });
    m.set({ vtcrEl2 });
    tlbi32(m, 'TLBIALL');
    expect(resultOf(m, PAGE)).toBe(NEW);
  });
});

// One machine knows which descriptors made its entries, the other walks all at each TLBI, since it was restored before.
test('what is kept does not depend on what is remembered of the tables', () => {
  const roots = [0x10_0000, OTHER_ROOT];
  const vaOf = (n: number): number => SUPERSECTION + ((n >> 2) << 20) + ((n & 3) << 12);
  for (let seed = 1n; seed <= 4n; seed++) {
    const random = new Prng(seed);
    const upTo = (n: number): number => Number(random.next64() % BigInt(n));
    const make = () => {
      const { m, low } = shortMachine();
      m.keepGlobalWalks();
      return { m, tables: [low, new ShortTables(m, OTHER_ROOT)] };
    };
    const both = [make(), make()];
    let kept = 0;
    for (let step = 0; step < 400; step++) {
      const what = upTo(16);
      const va = vaOf(upTo(24));
      const pa = (0x300 + upTo(4)) << 12;
      const [which, table, domain] = [upTo(2), upTo(8) !== 0, upTo(6) === 0 ? 3 : 0];
      const [nonGlobal, readOnly, closed] = [upTo(4) === 0, upTo(3) === 0, upTo(2) === 0];
      const [processor, asid] = [upTo(2), upTo(3)];
      const results = both.map(({ m, tables }, n) => {
        const low = tables[which] as ShortTables;
        if (what < 4) {
          const ap = readOnly ? 7 : 3;
          if (table) low.page(va, pa, S.small.ap(ap) | (nonGlobal ? S.small.ng : 0), S.domain(domain));
          else low.section(va & 0xfff0_0000, pa & 0x70_0000, S.section.ap(ap) | S.domain(domain));
        } else if (what === 4) copyRoot(m, roots[which] as number, roots[1 - which] as number);
        else if (what < 11) return resultOf(m, va, readOnly ? Access.read : Access.write);
        else if (what === 11) m.set({ ttbr0El1Lo: roots[which] as number });
        else if (what === 12) setAsid(m, asid);
        else if (what === 13) setDomains(m, closed ? CLIENTS & ~(3 << 6) : CLIENTS);
        else if (what === 14) m.set({ processor });
        else {
          if (n === 1) {
            m.mmu.restoreState(m.mmu.saveState());
            m.mmu.controlsChanged();
          }
          tlbi32(m, 'TLBIALL');
          if (n === 0) for (let i = 0; i < 24; i++) kept += cached(m, vaOf(i)) === -1 ? 0 : 1;
          return m.mmu.saveState();
        }
        return undefined;
      });
      expect({ seed, step, result: results[1] }).toEqual({ seed, step, result: results[0] });
    }
    expect(kept).toBeGreaterThan(10);
  }
});
