import { describe, expect, test } from 'vitest';
import { Hcr } from '../fields/hcr.ts';
import { Access } from './access.ts';
import { combineAttributes, combineShareability } from './attributes.ts';
import { D, HOST_BYTES, Machine, RW, S2_RWX, Tables } from './mmu.fixture.ts';

const { write, execute } = Access;
const VA = 0x1234_5678_9000n;

/** Stage 2 alone: 40-bit IPA from level 1, two concatenated tables (VTCR of the fixture). */
const stage2Machine = (): { m: Machine; s2: Tables } => {
  const m = new Machine();
  const s2 = new Tables(m, 0x40_0000, { startLevel: 1, rootBytes: 0x2000 });
  m.set({ hcrEl2Lo: Hcr.vm, vttbrEl2Lo: s2.root, vttbrEl2Hi: 5 << 16 });
  return { m, s2 };
};

/** Stage 1 tables at IPA 1 MiB, where stage 2 puts them 8 MiB higher; level by level a page. */
const bothStages = (): { m: Machine; s1: Tables; s2: Tables } => {
  const { m, s2 } = stage2Machine();
  // Stage 1 tables are written where they will lie, with IPAs in them: the low 8 MiB moved up, by a block each.
  const s1 = new Tables(m, 0x10_0000);
  m.set({ sctlrEl1: 1, ttbr0El1Lo: s1.root });
  return { m, s1, s2 };
};
const identity = (s2: Tables, from: number, pages: number, bits = S2_RWX): void => {
  for (let i = 0; i < pages; i++) s2.map(BigInt(from + i * 4096), from + i * 4096, bits);
};

describe('stage 2 alone', () => {
  test('pages, blocks and concatenated initial tables', () => {
    const { m, s2 } = stage2Machine();
    s2.map(0x1000n, 0x5000, S2_RWX);
    s2.map(0x40_0000n, 0x80_0000, S2_RWX, 2);
    s2.map(0x80_4000_0000n, 0x4000_0000, S2_RWX, 1);
    expect(m.result(0x1abcn)).toBe(0x5abc);
    expect(m.result(0x5f_ffffn)).toBe(0x9f_ffff);
    expect(m.result(0x80_4000_1234n)).toBe(0x4000_1234);
    // Stage 1 is off: Device wins.
    expect(m.mmu.device).toBe(true);
  });
  test('faults carry the IPA', () => {
    const { m, s2 } = stage2Machine();
    s2.map(0x1000n, 0x5000, S2_RWX);
    s2.map(0x2000n, 0x5000, S2_RWX & ~D.af);
    s2.map(0x3000n, 0x100_0000_0000, S2_RWX);
    s2.map(0x20_0000n, 0x20_0000, S2_RWX & ~D.af, 2);
    s2.put(0x40_0000n, BigInt(HOST_BYTES) | 3n, 2);
    expect(m.result(0x80_0000_0000n)).toBe('translation/1 s2');
    expect(m.mmu.fault.ipa).toBe(0x80_0000_0000);
    expect(m.mmu.fault.status).toBe(0b000101);
    expect(m.result(0x60_0000n)).toBe('translation/2 s2');
    expect(m.result(0x4abcn)).toBe('translation/3 s2');
    expect(m.mmu.fault.ipa).toBe(0x4abc);
    expect(m.result(0x2008n)).toBe('accessFlag/3 s2');
    expect(m.result(0x20_0008n)).toBe('accessFlag/2 s2');
    expect(m.result(0x3000n)).toBe('addressSize/3 s2');
    expect(m.result(0x40_0000n)).toBe('external/3 s2');
    expect(m.result(0x100_0000_0000n)).toBe('translation/0 s2');
    expect(m.mmu.fault.ipa).toBe(0x100_0000_0000);
    s2.map(0x4000n, 0x6000, S2_RWX);
    expect(m.result(0x4abcn)).toBe(0x6abc);
  });
  test('permissions', () => {
    const { m, s2 } = stage2Machine();
    const base = S2_RWX & ~(D.s2r | D.s2w);
    const found = [0n, D.s2r, D.s2w, D.s2r | D.s2w, D.s2r | D.uxn].map((bits, i) => {
      const ipa = 0x1000n * BigInt(i);
      s2.map(ipa, 0x5000, base | bits);
      return [0, write, execute].map((access) => (m.result(ipa, access) === 'permission/3 s2' ? '-' : '+')).join('');
    });
    expect(found).toEqual(['--+', '+-+', '-++', '+++', '+--']);
    expect(m.mmu.fault.status).toBe(0b001111);
  });
  test.each([
    ['4 KiB from level 0', 12, 0, 16 | (2 << 6) | (5 << 16), 48, 0x1000],
    ['4 KiB from level 2, 16 concatenated', 12, 2, 30 | (0 << 6), 34, 0x10000],
    ['16 KiB from level 2', 14, 2, 28 | (1 << 6) | (2 << 14), 36, 0x4000],
    ['64 KiB from level 2', 16, 2, 24 | (1 << 6) | (1 << 14) | (2 << 16), 40, 0x10000],
  ])('%s', (_name, granule, startLevel, vtcr, inputBits, rootBytes) => {
    const { m } = stage2Machine();
    const s2 = new Tables(m, 0x60_0000, { granule, startLevel, rootBytes });
    m.set({ vtcrEl2: vtcr, vttbrEl2Lo: s2.root });
    const last = (1n << BigInt(Math.min(inputBits, 44))) - 0x10000n;
    s2.map(last, 0x5_0000, S2_RWX);
    expect(m.result(last)).toBe(0x5_0000);
    if (inputBits < 44) expect(m.result(1n << BigInt(inputBits))).toBe('translation/0 s2');
  });
  test('inconsistent VTCR_EL2: a level 0 fault', () => {
    const { m, s2 } = stage2Machine();
    s2.map(0n, 0, S2_RWX);
    expect(m.result(0n)).toBe(0);
    for (const vtcr of [24 | (3 << 6) | (2 << 16), 24 | (0 << 6) | (2 << 16), 39 | (2 << 6) | (2 << 16)]) {
      m.set({ vtcrEl2: vtcr });
      expect(m.result(0n)).toBe('translation/0 s2');
    }
  });
  test('HCR_EL2.DC: stage 2, and stage 1 off with cacheable memory', () => {
    const { m, s2 } = bothStages();
    s2.map(0x1000n, 0x5000, S2_RWX);
    m.set({ hcrEl2Lo: 1 << 12 });
    expect(m.result(0x1000n)).toBe(0x5000);
    expect([m.mmu.attributes, m.mmu.device]).toEqual([0xff, false]);
  });
  test('does not concern EL2', () => {
    const { m } = stage2Machine();
    m.el(2);
    expect(m.result(0x1234n)).toBe(0x1234);
  });
});

describe('both stages', () => {
  test('translate one after the other, the tables too', () => {
    const { m, s1, s2 } = bothStages();
    s1.map(VA, 0x70_1000, RW);
    // The root lies elsewhere than its IPA says.
    m.set({ ttbr0El1Lo: 0x77_7000 });
    s2.map(0x77_7000n, s1.root, S2_RWX);
    identity(s2, s1.root + 0x1000, 3);
    s2.map(0x70_1000n, 0x30_2000, S2_RWX);
    expect(m.result(VA | 4n)).toBe(0x30_2004);
    expect(m.mmu.attributes).toBe(0xff);
    expect(m.result(VA | 8n)).toBe(0x30_2008);
  });
  test('faults of stage 2 on tables of stage 1', () => {
    const { m, s1, s2 } = bothStages();
    const leaf = s1.map(VA, 0x70_1000, RW);
    identity(s2, s1.root, 3);
    expect(m.result(VA)).toBe('translation/3 s2 ptw');
    expect(m.mmu.fault.ipa).toBe(leaf);
    identity(s2, s1.root + 0x3000, 1, S2_RWX & ~D.s2r);
    expect(m.result(VA)).toBe('permission/3 s2 ptw');
    identity(s2, s1.root + 0x3000, 1);
    m.tlbi('IPAS2E1', BigInt(leaf));
    expect(m.result(VA | 0x10n)).toBe('translation/2 s2');
    expect(m.mmu.fault.ipa).toBe(0x70_1010);
  });
  test('stage 1 faults come before those of stage 2', () => {
    const { m, s1, s2 } = bothStages();
    s1.map(VA, 0x70_1000, RW | D.ro);
    identity(s2, s1.root, 4);
    expect(m.result(VA, write)).toBe('permission/3');
    expect(m.result(VA)).toBe('translation/2 s2');
  });
  test('HCR_EL2.PTW refuses tables in Device memory', () => {
    const { m, s1, s2 } = bothStages();
    s1.map(VA, 0x10_0000, RW);
    identity(s2, s1.root, 4, S2_RWX & ~D.s2normal);
    expect(m.result(VA)).toBe(0x10_0000);
    expect(m.mmu.device).toBe(true);
    m.set({ hcrEl2Lo: Hcr.vm | (1 << 2) });
    expect(m.result(VA)).toBe('permission/3 s2 ptw');
  });
  test('permissions of both must allow', () => {
    const { m, s1, s2 } = bothStages();
    s1.map(VA, 0x10_0000, RW);
    identity(s2, s1.root, 4, S2_RWX & ~D.s2w);
    expect(m.result(VA)).toBe(0x10_0000);
    expect(m.result(VA, write)).toBe('permission/3 s2');
    expect(m.result(VA, execute)).toBe(0x10_0000);
  });
  test('the smaller mapping counts for the result', () => {
    const { m, s1, s2 } = bothStages();
    s1.map(0x20_0000n, 0x20_0000, RW, 2);
    s2.map(0n, 0, S2_RWX, 2);
    s2.map(0x21_0000n, 0x21_0000, S2_RWX);
    expect(m.result(0x21_0000n)).toBe(0x21_0000);
    expect(m.mmu.blockBytes).toBe(4096);
  });
  test('VMIDs are kept apart', () => {
    const { m, s2 } = stage2Machine();
    const other = new Tables(m, 0x60_0000, { startLevel: 1, rootBytes: 0x2000 });
    s2.map(0x1000n, 0x5000, S2_RWX);
    other.map(0x1000n, 0x6000, S2_RWX);
    const first = { vttbrEl2Lo: s2.root, vttbrEl2Hi: 5 << 16 };
    const second = { vttbrEl2Lo: other.root, vttbrEl2Hi: 6 << 16 };
    for (let i = 0; i < 2; i++) {
      m.set(first);
      expect(m.result(0x1000n)).toBe(0x5000);
      m.set(second);
      expect(m.result(0x1000n)).toBe(0x6000);
    }
  });
});

describe('attributes of both stages', () => {
  test.each([
    [0xff, 0xf, 0xff],
    [0xff, 0b1010, 0xbb],
    [0xff, 0b0101, 0x44],
    [0xff, 0b0111, 0x4f],
    [0xbb, 0xf, 0xbb],
    [0x44, 0xf, 0x44],
    [0xff, 0b0001, 0x04],
    [0x04, 0xf, 0x04],
    [0x0c, 0b0001, 0x04],
    [0x00, 0b0011, 0x00],
  ])('%#x and MemAttr %#x: %#x', (stage1, stage2, expected) => {
    expect(combineAttributes(stage1, stage2)).toBe(expected);
  });
  test('shareability: outer, then inner', () => {
    expect([combineShareability(2, 3), combineShareability(3, 0), combineShareability(0, 0)]).toEqual([2, 3, 0]);
  });
});
