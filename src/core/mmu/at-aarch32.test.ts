import { describe, expect, test } from 'vitest';
import type { AtOperation } from './at.ts';
import { D, HOST_BYTES, type Machine, RW, S2_RWX } from './mmu.fixture.ts';
import { addStage2, CLIENTS, longMachine, S, SECTION_RW, shortMachine } from './mmu-aarch32.fixture.ts';

const VA = 0x8123_4000;
const at = (m: Machine, operation: AtOperation, va = VA): bigint | null => (m.mmu.at(operation, va, 0) ? m.par : null);

describe('PAR in its 32-bit format', () => {
  const TRE = 1 << 28;
  test('addresses of pages, sections and supersections', () => {
    const { m, low } = shortMachine();
    low.page(VA, 0x5_6000);
    low.section(0x1230_0000, 0x4560_0000, SECTION_RW | S.section.s);
    low.supersection(0x9000_0000, 0xab_c100_0000);
    // Write-Back without Write-Allocate, Not Outer Shareable unless S says so, Non-secure.
    expect(at(m, 'ATS1CPR', VA + 0x123)).toBe(0x5_667cn);
    expect(at(m, 'ATS1CPR', 0x123a_bcde)).toBe(0x456a_b2fcn);
    expect(at(m, 'ATS1CPR', 0x9012_3456)).toBe(0xc1ab_067en);
  });
  test.each([
    ['Strongly-ordered', 0, 0b001_00, 1],
    ['Device', 1, 0b011_00, 1],
    ['Non-cacheable', 4, 0b000_00, 1],
    ['Write-Through', 2, 0b110_10, 0],
    ['Write-Back', 3, 0b111_11, 0],
    ['Write-Back Write-Allocate', 7, 0b101_01, 0],
    ['outer Write-Through, inner Write-Back Write-Allocate', 0b11001, 0b101_10, 0],
  ])('attributes: %s', (_name, texcb, attributes, shared) => {
    const { m, low } = shortMachine();
    low.page(VA, 0, S.small.ap(3) | S.small.tex(texcb >>> 2) | ((texcb & 3) << 2));
    expect(at(m, 'ATS1CPR')).toBe(BigInt((attributes << 2) | (shared << 7) | (1 << 9) | ((1 - shared) << 10)));
  });
  test('Inner Shareable', () => {
    const { m, low } = shortMachine();
    m.set({ sctlrEl1: 1 | TRE, mairEl1Lo: 0xff0a_81a8, mairEl1Hi: 0x40e0_40e0 });
    low.page(VA, 0, S.small.ap(3) | S.small.c | S.small.s);
    expect((at(m, 'ATS1CPR') ?? 0n) & 0x480n).toBe(0x480n);
  });
  test('faults', () => {
    const { m, low } = shortMachine();
    low.page(VA, 0, S.small.ap(2), S.domain(2));
    low.page(VA + 0x1000, 0, S.small.ap(1), S.domain(2));
    const failure = (shortStatus: number): bigint => BigInt((shortStatus << 1) | 1);
    expect(at(m, 'ATS1CPR', 0)).toBe(failure(0b00101));
    expect(at(m, 'ATS1CPR', VA + 0x2000)).toBe(failure(0b00111));
    expect([at(m, 'ATS1CUR'), at(m, 'ATS1CUW')].map((par) => par === failure(0b01111))).toEqual([false, true]);
    expect([at(m, 'ATS1CPW'), at(m, 'ATS1CPW', VA + 0x1000)].map((par) => (par ?? 0n) & 1n)).toEqual([0n, 0n]);
    expect(at(m, 'ATS1CUR', VA + 0x1000)).toBe(failure(0b01111));
    m.set({ dacr: CLIENTS & ~(3 << 4) });
    expect(at(m, 'ATS1CPR')).toBe(failure(0b01011));
    low.put(0, HOST_BYTES | 1);
    expect(at(m, 'ATS1CPR', 0)).toBe(null);
    expect([m.mmu.fault.type, m.mmu.fault.shortStatus]).toEqual(['external', 0b01110]);
  });
});

describe('PAR in its 64-bit format', () => {
  const success = (attributes: bigint, pa: bigint, shareability = 3n): bigint =>
    (attributes << 56n) | pa | (shareability << 7n) | 0xa00n;
  const failure = (status: bigint, bits = 0n): bigint => (status << 1n) | bits | 0x801n;
  test('for long descriptors', () => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), 0x12_3456_7000, RW | D.ro);
    expect(at(m, 'ATS1CPR', VA + 0x123)).toBe(success(0xffn, 0x12_3456_7000n));
    expect(at(m, 'ATS1CPW')).toBe(failure(0b001111n));
    expect(at(m, 'ATS1CUR')).toBe(failure(0b001111n));
    expect(at(m, 'ATS1CPR', VA + 0x1000)).toBe(failure(0b000111n));
  });
  test('in Hyp mode for stage 1 of PL1&0, whatever its format', () => {
    const { m, low } = shortMachine();
    low.page(VA, 0x5_6000, S.small.ap(1) | S.small.c, S.domain(2));
    m.el(2);
    expect(at(m, 'ATS1CPR')).toBe(success(0xaan, 0x5_6000n, 0n));
    expect(at(m, 'ATS1CUR')).toBe(failure(0b001110n));
    m.set({ dacr: 0 });
    expect(at(m, 'ATS1CPR')).toBe(failure(0b111110n));
  });
  test("for Hyp mode's own regime", () => {
    const { m, low } = longMachine();
    low.map(BigInt(VA), 0x30_0000, RW | D.ro);
    m.set({ sctlrEl2: 1, ttbr0El2Lo: low.root });
    m.el(2);
    expect(at(m, 'ATS1HR')).toBe(success(0xffn, 0x30_0000n));
    expect(at(m, 'ATS1HW')).toBe(failure(0b001111n));
  });
  test('for both stages, with stage 2 on', () => {
    const { m, low } = shortMachine();
    low.page(VA, 0x70_0000, S.small.ap(3) | S.small.c | S.small.b);
    low.page(VA + 0x1000, 0x70_1000, S.small.ap(1));
    m.el(2);
    // Without: as stage 1 alone.
    expect(at(m, 'ATS12NSOPR')).toBe(0x70_067cn);
    const s2 = addStage2(m);
    for (let page = 0x10_0000; page < 0x11_0000; page += 4096) s2.map(BigInt(page), page, S2_RWX);
    s2.map(0x70_0000n, 0x30_0000, S2_RWX & ~D.s2w);
    expect(at(m, 'ATS12NSOPR')).toBe(success(0xeen, 0x30_0000n));
    expect(at(m, 'ATS12NSOPW')).toBe(failure(0b001111n, 0x200n));
    expect(at(m, 'ATS12NSOUW')).toBe(failure(0b001111n, 0x200n));
    expect(at(m, 'ATS12NSOUR', VA + 0x1000)).toBe(failure(0b001110n));
    expect(at(m, 'ATS12NSOPR', VA + 0x1000)).toBe(failure(0b000111n, 0x200n));
    expect(at(m, 'ATS1CPR')).toBe(success(0xeen, 0x70_0000n, 0n));
    s2.put(0x10_4000n, 0n, 3);
    m.tlbi('IPAS2E1', 0x10_4000n);
    expect(at(m, 'ATS12NSOPR')).toBe(failure(0b000111n, 0x300n));
    expect(at(m, 'ATS1CPR')).toBe(failure(0b000111n, 0x300n));
    // At PL1 the hypervisor is told by an exception.
    m.el(1);
    expect(at(m, 'ATS1CPR')).toBe(null);
    expect([m.mmu.fault.stage, m.mmu.fault.s1ptw, m.mmu.fault.ipa]).toEqual([2, true, 0x10_4000 + 0x34 * 4]);
  });
});

test('AT of an AArch64 EL2 gives PAR_EL1 for an AArch32 EL1', () => {
  const { m, low } = shortMachine();
  low.page(VA, 0x5_6000, S.small.ap(1) | S.small.c, S.domain(2));
  m.set({ el2Aarch32: false });
  m.el(2);
  expect(at(m, 'S1E1R')).toBe((0xaan << 56n) | 0x5_6a00n);
  expect(at(m, 'S1E0R')).toBe(BigInt((0b001110 << 1) | 0x801));
  m.set({ dacr: 0 });
  expect(at(m, 'S12E1R')).toBe(BigInt((0b111110 << 1) | 0x801));
});
