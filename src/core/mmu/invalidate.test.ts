import { describe, expect, test } from 'vitest';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import { CONTEXTS_MAX } from './context.ts';
import { D, highOf, lowOf, Machine, RW, S2_RWX, stage1Machine, Tables } from './mmu.fixture.ts';

const VA = 0x1234_5678_9000n;
const KERNEL = 0xffff_8000_1234_5000n;

const asid = (m: Machine, value: number): void => {
  m.registers.ttbr0El1Hi = value << 16;
  m.mmu.contextChanged();
};
/** What translated code would find: the linear address, or null. */
const inline = (m: Machine, va: bigint, base = cells.TLB_READ, contextCell = cells.CONTEXT): number | null => {
  const entry = base + 16 * (Number(va >> 12n) & (cells.TLB_ENTRIES - 1));
  const tag = (va & ~0xfffn) | m.cpu.get64(contextCell);
  return m.cpu.get64(entry) === tag ? (lowOf(va) + m.cpu.get32(entry + 8)) >>> 0 : null;
};
const fill = (m: Machine, va: bigint, unprivileged = false): void => {
  expect(m.translate(va, unprivileged ? Access.unprivileged : 0)).toBe(true);
  m.mmu.fillRead(lowOf(va), highOf(va), unprivileged);
  m.mmu.fillWrite(lowOf(va), highOf(va), unprivileged);
};

describe('TLBI by address', () => {
  test('drops the page of the ASID and global ones, in all TLBs', () => {
    const { m, low, high } = stage1Machine();
    low.map(VA, 0x30_0000, RW | D.ng);
    low.map(VA + 0x1000n, 0x30_1000, RW | D.ng);
    high.map(KERNEL, 0x30_2000, RW);
    asid(m, 7);
    fill(m, VA);
    fill(m, VA + 0x1000n);
    fill(m, KERNEL);
    low.map(VA, 0x50_0000, RW | D.ng);
    low.map(VA + 0x1000n, 0x50_1000, RW | D.ng);
    high.map(KERNEL, 0x50_2000, RW);
    m.tlbi('VAE1', VA, 8);
    expect(m.result(VA)).toBe(0x30_0000);
    m.tlbi('VAE1IS', VA, 7);
    expect([inline(m, VA), inline(m, VA, cells.TLB_WRITE)]).toEqual([null, null]);
    expect(m.result(VA)).toBe(0x50_0000);
    expect(m.result(VA + 0x1000n)).toBe(0x30_1000);
    expect(inline(m, VA + 0x1008n)).toBe(cells.HOST_MEMORY + 0x30_1008);
    m.tlbi('VALE1', KERNEL, 1234);
    expect(inline(m, KERNEL)).toBe(null);
    expect(m.result(KERNEL)).toBe(0x50_2000);
  });
  test('VAAE1 drops the page of all ASIDs', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW | D.ng);
    for (let n = 1; n < 9; n++) {
      asid(m, n);
      expect(m.result(VA)).toBe(0x30_0000);
    }
    low.map(VA, 0x50_0000, RW | D.ng);
    asid(m, 3);
    expect(m.result(VA)).toBe(0x30_0000);
    m.tlbi('VAAE1IS', VA);
    for (let n = 1; n < 9; n++) {
      asid(m, n);
      expect(m.result(VA)).toBe(0x50_0000);
    }
  });
  test('does not drop those of another VMID', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW);
    expect(m.result(VA)).toBe(0x30_0000);
    low.map(VA, 0x50_0000, RW);
    m.set({ vttbrEl2Hi: 1 << 16 });
    expect(m.result(VA)).toBe(0x50_0000);
    m.tlbi('VAE1', VA);
    m.set({ vttbrEl2Hi: 0 });
    expect(m.result(VA)).toBe(0x30_0000);
    m.tlbi('VAE1', VA);
    expect(m.result(VA)).toBe(0x50_0000);
  });
  test('matches whatever the tag byte', () => {
    const { m, low } = stage1Machine();
    m.set({ tcrEl1Hi: m.registers.tcrEl1Hi | (1 << 5) });
    low.map(VA, 0x30_0000, RW);
    const tagged = VA | (0xabn << 56n);
    fill(m, tagged);
    expect(inline(m, tagged)).toBe(cells.HOST_MEMORY + 0x30_0000);
    low.map(VA, 0x50_0000, RW);
    m.tlbi('VAE1', VA);
    expect(inline(m, tagged)).toBe(null);
    expect(m.result(tagged)).toBe(0x50_0000);
  });
  test.each([
    [12, 2, 0x20_0000],
    [12, 1, 0x4000_0000],
    [14, 3, 0x4000],
    [14, 2, 0x200_0000],
    [16, 3, 0x1_0000],
    [16, 2, 0x2000_0000],
  ])('granule 2^%i, level %i: all pages of a mapping go', (granule, level, bytes) => {
    const m = new Machine();
    const tables = new Tables(m, 0x10_0000, { granule, startLevel: granule === 16 ? 1 : 0 });
    const tg0 = granule === 16 ? 1 : granule === 14 ? 2 : 0;
    m.set({ sctlrEl1: 1, ttbr0El1Lo: tables.root, tcrEl1Lo: 16 | (tg0 << 14) });
    const va = 0x1_4000_0000n;
    const offsets = [0, 0x1000, 0x2000, bytes / 2, bytes - 0x1000].map(BigInt);
    const outside = va + BigInt(bytes);
    tables.map(va, 0, RW, level);
    tables.map(outside, 0, RW, level);
    for (const offset of offsets) fill(m, va + offset);
    fill(m, outside + 0x3000n);
    tables.put(va, 0n, level);
    tables.put(outside, 0n, level);
    expect(m.result(va)).toBe(0);
    m.tlbi('VALE1', va + BigInt(bytes / 2));
    for (const offset of offsets) {
      expect(inline(m, va + offset)).toBe(null);
      expect(m.result(va + offset)).toBe(`translation/${level}`);
    }
    expect(m.result(outside + 0x3000n)).toBe(0x3000);
    expect(inline(m, outside + 0x3000n)).toBe(cells.HOST_MEMORY + 0x3000);
  });
  test('many mappings are remembered exactly', () => {
    const { m, low } = stage1Machine();
    const at = (n: number): bigint => BigInt(n) * 0x20_0000n;
    const count = 6000;
    for (let n = 0; n < count; n++) low.map(at(n), 0x20_0000, RW, 2);
    for (let n = 0; n < count; n++) expect(m.translate(at(n) + 0x5000n)).toBe(true);
    for (let n = 0; n < count; n++) low.put(at(n), 0n, 2);
    for (let n = 0; n < count; n++) {
      m.tlbi('VAE1', at(n) + 0x7000n);
      expect(m.translate(at(n) + 0x5000n)).toBe(false);
    }
  });
});

describe('TLBI by ASID, VMID, regime', () => {
  test('ASIDE1 drops all of an ASID, and spares the others', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW | D.ng);
    asid(m, 1);
    fill(m, VA);
    asid(m, 2);
    fill(m, VA);
    low.map(VA, 0x50_0000, RW | D.ng);
    m.tlbi('ASIDE1', 0n, 1);
    expect(inline(m, VA)).toBe(cells.HOST_MEMORY + 0x30_0000);
    expect(m.result(VA)).toBe(0x30_0000);
    m.tlbi('ASIDE1IS', 0n, 2);
    expect(inline(m, VA)).toBe(null);
    expect(m.result(VA)).toBe(0x50_0000);
    asid(m, 1);
    expect(inline(m, VA)).toBe(null);
    expect(m.result(VA)).toBe(0x50_0000);
  });
  test('8-bit ASIDs', () => {
    const { m, low } = stage1Machine();
    m.set({ tcrEl1Hi: 4 });
    low.map(VA, 0x30_0000, RW | D.ng);
    asid(m, 0x101);
    expect(m.result(VA)).toBe(0x30_0000);
    low.map(VA, 0x50_0000, RW | D.ng);
    asid(m, 0x201);
    expect(m.result(VA)).toBe(0x30_0000);
    m.tlbi('ASIDE1', 0n, 0x301);
    expect(m.result(VA)).toBe(0x50_0000);
  });
  test('TCR_EL1.A1 takes the ASID from TTBR1_EL1', () => {
    const { m, low } = stage1Machine();
    m.set({ tcrEl1Lo: (m.registers.tcrEl1Lo | (1 << 22)) >>> 0 });
    low.map(VA, 0x30_0000, RW | D.ng);
    expect(m.result(VA)).toBe(0x30_0000);
    low.map(VA, 0x50_0000, RW | D.ng);
    asid(m, 1);
    expect(m.result(VA)).toBe(0x30_0000);
    m.registers.ttbr1El1Hi = 1 << 16;
    m.mmu.contextChanged();
    expect(m.result(VA)).toBe(0x50_0000);
  });
  test('VMALLE1 and ALLE1 spare EL2, ALLE2 and VAE2 spare EL1&0', () => {
    const { m, low } = stage1Machine();
    m.set({ sctlrEl2: 1, ttbr0El2Lo: low.root });
    const both = (): unknown[] => {
      m.el(1);
      const first = m.result(VA);
      m.el(2);
      return [first, m.result(VA)];
    };
    low.map(VA, 0x30_0000, RW);
    expect(both()).toEqual([0x30_0000, 0x30_0000]);
    low.map(VA, 0x50_0000, RW);
    expect(both()).toEqual([0x30_0000, 0x30_0000]);
    m.tlbi('VMALLE1');
    expect(both()).toEqual([0x50_0000, 0x30_0000]);
    m.tlbi('VAE2', VA);
    expect(both()).toEqual([0x50_0000, 0x50_0000]);
    low.map(VA, 0x60_0000, RW);
    m.tlbi('ALLE2IS');
    expect(both()).toEqual([0x50_0000, 0x60_0000]);
    low.map(VA, 0x70_0000, RW);
    m.tlbi('ALLE1');
    expect(both()).toEqual([0x70_0000, 0x60_0000]);
  });
  test('stage 2: IPAS2E1 with VMALLE1, VMALLS12E1, ALLE1', () => {
    const m = new Machine();
    const s2 = new Tables(m, 0x40_0000, { startLevel: 1, rootBytes: 0x2000 });
    m.set({ hcrEl2Lo: 1, vttbrEl2Lo: s2.root, vttbrEl2Hi: 5 << 16 });
    const remap = (pa: number, ...operations: Parameters<Machine['tlbi']>[0][]): unknown => {
      s2.map(0x1000n, pa, S2_RWX);
      for (const operation of operations) m.tlbi(operation, 0x1000n);
      return m.result(0x1000n);
    };
    expect(remap(0x5000)).toBe(0x5000);
    expect(remap(0x6000, 'VMALLE1')).toBe(0x5000);
    expect(remap(0x7000, 'IPAS2E1', 'VMALLE1')).toBe(0x7000);
    expect(remap(0x8000, 'VMALLS12E1IS')).toBe(0x8000);
    expect(remap(0x9000, 'ALLE1IS')).toBe(0x9000);
    s2.map(0x20_0000n, 0, S2_RWX, 2);
    expect(m.result(0x20_1000n)).toBe(0x1000);
    s2.map(0x20_0000n, 0x20_0000, S2_RWX, 2);
    m.tlbi('IPAS2LE1', 0x20_5000n);
    m.tlbi('VMALLE1');
    expect(m.result(0x20_1000n)).toBe(0x20_1000);
  });
  test('the numbers of owners and contexts can be used up', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW);
    for (let n = 0; n < 2 * CONTEXTS_MAX; n++) {
      m.tlbi('VMALLE1');
      const context = m.cpu.get32(cells.CONTEXT);
      expect(context > 0 && context <= CONTEXTS_MAX).toBe(true);
      if (n % 64 === 0) {
        fill(m, VA);
        low.map(VA, 0x30_0000 + n * 64, RW);
        m.tlbi('VMALLE1');
        expect(inline(m, VA)).toBe(null);
        expect(m.result(VA)).toBe(0x30_0000 + n * 64);
      }
    }
    expect(m.allCodeInvalidated).toBeGreaterThan(0);
  });
});

describe('contexts', () => {
  test('tell exception level, ASID and regime apart, and come back', () => {
    const { m } = stage1Machine();
    const numbers = (): number[] => [m.cpu.get32(cells.CONTEXT), m.cpu.get32(cells.CONTEXT_UNPRIVILEGED)];
    m.el(1);
    const kernel = numbers();
    m.el(0);
    const user = numbers();
    expect(user).toEqual([kernel[1], kernel[1]]);
    expect(kernel[0]).not.toBe(kernel[1]);
    asid(m, 9);
    expect(numbers()).not.toEqual(user);
    m.el(2);
    expect(numbers()[0]).toBe(numbers()[1]);
    m.el(0);
    asid(m, 0);
    expect(numbers()).toEqual(user);
  });
  test('unprivileged entries serve EL0 alone', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW | D.el0);
    m.el(1);
    fill(m, VA, true);
    expect(inline(m, VA)).toBe(null);
    expect(inline(m, VA, cells.TLB_READ, cells.CONTEXT_UNPRIVILEGED)).toBe(cells.HOST_MEMORY + 0x30_0000);
    m.el(0);
    expect(inline(m, VA | 5n, cells.TLB_WRITE)).toBe(cells.HOST_MEMORY + 0x30_0005);
  });
  test('PEs share no entry', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW);
    fill(m, VA);
    low.map(VA, 0x50_0000, RW);
    m.set({ processor: 1 });
    expect(inline(m, VA)).toBe(null);
    expect(m.result(VA)).toBe(0x50_0000);
  });
});

describe('translated code', () => {
  test('a TLBI for pages of code is told, others are not', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW);
    low.map(VA + 0x1000n, 0x30_0000, RW);
    m.translate(VA);
    m.translate(VA, Access.execute);
    m.translate(VA + 0x1000n);
    m.tlbi('VAE1', VA + 0x1000n);
    expect(m.codeInvalidated).toEqual([]);
    m.tlbi('VAE1', VA);
    expect(m.codeInvalidated).toEqual([VA]);
  });
  test('upper addresses are told in full', () => {
    const { m, high } = stage1Machine();
    high.map(KERNEL, 0x30_0000, RW);
    m.translate(KERNEL, Access.execute);
    m.tlbi('VAAE1', KERNEL);
    expect(m.codeInvalidated).toEqual([KERNEL]);
  });
  test('a block drops the code of its pages', () => {
    const { m, low } = stage1Machine();
    low.map(0x20_0000n, 0x20_0000, RW, 2);
    low.map(0x40_0000n, 0x40_0000, RW, 2);
    m.translate(0x20_1000n);
    m.translate(0x40_1000n);
    m.translate(0x40_1000n, Access.execute);
    m.tlbi('VAE1', 0x20_0000n);
    expect(m.codeInvalidated).toEqual([]);
    m.tlbi('VAE1', 0x40_5000n);
    expect([m.codeInvalidated, m.allCodeInvalidated]).toEqual([[0x40_1000n], 0]);
  });
  test('a page that comes to hold code leaves the TLB for stores, under all its addresses', () => {
    const { m, low } = stage1Machine();
    for (let n = 0n; n < 3n; n++) {
      low.map(VA + n * 0x1000n, n === 2n ? 0x40_0000 : 0x30_0000, RW);
      fill(m, VA + n * 0x1000n);
    }
    m.mmu.flushWriteEntriesOf(cells.HOST_MEMORY + 0x30_0000);
    const found = [0n, 1n, 2n].map((n) => inline(m, VA + n * 0x1000n, cells.TLB_WRITE) !== null);
    expect(found).toEqual([false, false, true]);
    expect(inline(m, VA)).toBe(cells.HOST_MEMORY + 0x30_0000);
  });
  test('clear drops everything', () => {
    const { m, low } = stage1Machine();
    low.map(VA, 0x30_0000, RW);
    fill(m, VA);
    low.map(VA, 0x50_0000, RW);
    m.mmu.clear();
    expect(inline(m, VA)).toBe(null);
    expect(m.result(VA)).toBe(0x50_0000);
  });
});
