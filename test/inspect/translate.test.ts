import { expect, test } from 'vitest';
import { D, Machine, RW, S2_RWX, Tables } from '../../src/core/mmu/mmu.fixture.ts';
import { HOST_MEMORY } from '../../src/core/state/cells.ts';
import { TableWalk } from '../../src/inspect/translate.ts';

const VM = 1;
const walkOf = (m: Machine): TableWalk => new TableWalk(m.cpu, m.registers);
const stepsOf = (walk: TableWalk, va: bigint): string[] =>
  walk.describe(va).steps.map(({ stage, level, text }) => `${stage}/${level} ${text}`);

test('VMSAv8-64: each level with its descriptor, and what the stages make of the address', () => {
  const m = new Machine();
  const s1 = new Tables(m, 0x10_0000);
  const s2 = new Tables(m, 0x40_0000, { startLevel: 1, rootBytes: 0x2000 });
  m.set({ sctlrEl1: 1, ttbr1El1Lo: s1.root, hcrEl2Lo: VM, vttbrEl2Lo: s2.root });
  // Stage 1 tables lie where their IPAs say.
  s2.map(0n, 0, S2_RWX, 2);
  s2.map(0x20_0000n, 0x60_0000, S2_RWX & ~D.s2w, 2);
  const va = 0xffff_8000_1234_5000n;
  const at = s1.map(va, 0x20_3000, RW | D.ng | D.uxn | D.ro | D.attr(2));
  const walk = walkOf(m);
  const found = walk.describe(va + 0x678n);
  expect(found.format).toBe('VMSAv8-64');
  const ofTable = ['2/1 table at 0x402000', '2/2 block AF S2AP=3 SH=3 MemAttr=15'];
  expect(stepsOf(walk, va)).toEqual([
    ...ofTable,
    '1/0 table at 0x101000',
    ...ofTable,
    '1/1 table at 0x102000',
    ...ofTable,
    '1/2 table at 0x103000',
    ...ofTable,
    '1/3 page AF nG UXN AP[2:1]=2 SH=3 AttrIndx=2',
    '2/1 table at 0x402000',
    '2/2 block AF S2AP=1 SH=3 MemAttr=15',
  ]);
  expect(found.steps.find(({ stage, level }) => stage === 1 && level === 3)).toMatchObject({ at, bytes: 8 });
  expect(found.stage1).toEqual({
    out: 0x20_3678n,
    blockBytes: 4096,
    el0: '---',
    el1: 'r-x',
    memory: 'Normal non-cacheable',
    shareability: 'outer shareable',
    global: false,
  });
  expect(found.stage2).toMatchObject({
    out: 0x60_3678n,
    blockBytes: 0x20_0000,
    el1: 'r-x',
    memory: 'Normal write-back',
  });
  expect(found.fault).toBe(undefined);
  walk.refresh();
  expect([walk.ipaOf(va + 0x678n), walk.mappedBits]).toEqual([0x20_3678, 12]);
});

test('faults say stage, level and cause; holes how large they are', () => {
  const m = new Machine();
  const s1 = new Tables(m, 0x10_0000);
  const s2 = new Tables(m, 0x40_0000, { startLevel: 1, rootBytes: 0x2000 });
  m.set({ sctlrEl1: 1, ttbr0El1Lo: s1.root, hcrEl2Lo: VM, vttbrEl2Lo: s2.root });
  s2.map(0n, 0, S2_RWX, 2);
  s1.map(0x1000n, 0x5000, RW & ~D.af);
  s1.map(0x2000n, 0x80_0000, RW);
  s1.put(0x4000_0000n, 0x90_0000n | 3n, 1);
  const walk = walkOf(m);
  const faultOf = (va: bigint) => walk.describe(va).fault;
  const hole = (va: bigint): number => {
    walk.refresh();
    return walk.ipaOf(va) < 0 ? walk.mappedBits : -1;
  };
  expect(faultOf(0x1000n)).toEqual({ stage: 1, type: 'accessFlag', level: 3, status: 0xb, onTableWalk: false });
  expect(faultOf(0x3000n)).toMatchObject({ stage: 1, type: 'translation', level: 3 });
  expect(faultOf(0x20_0000n)).toMatchObject({ stage: 1, type: 'translation', level: 2 });
  expect(faultOf(0x8000_0000n)).toMatchObject({ stage: 1, type: 'translation', level: 1 });
  expect(faultOf(0x2008n)).toMatchObject({
    stage: 2,
    type: 'translation',
    level: 2,
    onTableWalk: false,
    ipa: 0x80_0008,
  });
  expect(walk.describe(0x2008n).stage1?.out).toBe(0x80_0008n);
  expect(faultOf(0x4000_0000n)).toMatchObject({ stage: 2, onTableWalk: true, ipa: 0x90_0000 });
  expect([0x1000n, 0x3000n, 0x20_0000n, 0x8000_0000n, 0x80_0000_0000n].map(hole)).toEqual([12, 12, 21, 30, 39]);
  // Stage 1 alone finds what stage 2 has not mapped yet.
  expect(walk.ipaOf(0x2008n)).toBe(0x80_0008);
  expect(hole(0x4000_0000n)).toBe(21);
});

test('the Short-descriptor format: sections, pages, domains', () => {
  const m = new Machine();
  m.set({ el1Aarch32: true, el2Aarch32: true, sctlrEl1: 1, ttbr0El1Lo: 0x10_0000, tcrEl1Lo: 0, dacr: 0x15 });
  const put = (at: number, value: number): void => m.cpu.set32(HOST_MEMORY + at, value);
  put(0x10_0000 + 4 * 0xc00, (0x80_0000 | 2 | (3 << 2) | (1 << 10) | (1 << 16) | (1 << 4)) >>> 0);
  put(0x10_0000 + 4 * 0xc01, 0x20_0000 | 1 | (2 << 5));
  put(0x20_0000 + 4 * 5, (0x90_0000 | 2 | (3 << 2) | (3 << 4) | (1 << 11)) >>> 0);
  const walk = walkOf(m);
  expect(stepsOf(walk, 0xc001_2345n)).toEqual(['1/1 section S XN AP[2:0]=1 TEX=0 C=1 B=1 domain=0']);
  expect(walk.describe(0xc001_2345n)).toMatchObject({
    format: 'Short-descriptor',
    stage1: { out: 0x81_2345n, blockBytes: 0x10_0000, el0: '---', el1: 'rw-', domain: 0, global: true },
  });
  expect(stepsOf(walk, 0xc010_5678n)).toEqual([
    '1/1 table at 0x200000 domain=2',
    '1/2 small page nG AP[2:0]=3 TEX=0 C=1 B=1',
  ]);
  expect(walk.describe(0xc010_5678n).stage1).toMatchObject({ out: 0x90_0678n, el0: 'rwx', domain: 2, global: false });
  expect(walk.describe(0xc020_0000n).fault).toMatchObject({ type: 'translation', level: 1 });
  walk.refresh();
  expect([walk.ipaOf(0xc020_0000n), walk.mappedBits]).toEqual([-1, 20]);
  expect([walk.ipaOf(0xc010_6000n), walk.mappedBits]).toEqual([-1, 12]);
});

test('stage 1 off: the address as it is', () => {
  const m = new Machine();
  const walk = walkOf(m);
  expect(walk.describe(0x1234n)).toMatchObject({ format: 'off', steps: [], stage1: { out: 0x1234n, el0: 'rwx' } });
});
