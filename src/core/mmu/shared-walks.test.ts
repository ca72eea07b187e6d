import { describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import { D, highOf, lowOf, Machine, RW, S2_RWX, stage1Machine, Tables } from './mmu.fixture.ts';
import { A, asid, B, fill, isInline, KERNEL, NEW, OLD } from './shared-kernel.fixture.ts';

// A kernel mapped non-global, as Linux's with isolated page tables: ASIDs A and B have used its table in turn.

const NEAR = KERNEL + 0x1000n;
const FAR = 0xffff_8000_4000_0000n;

const cached = (m: Machine, va: bigint): number => m.mmu.cached(lowOf(va), highOf(va), Access.read);

function shared({ second = true } = {}): { m: Machine; high: Tables } {
  const { m, high } = stage1Machine();
  if (second) m.keepSharedWalks();
  for (const va of [KERNEL, NEAR, FAR]) high.map(va, OLD, RW | D.ng);
  m.el(1);
  for (const value of [A, B, A]) asid(m, value);
  for (const va of [KERNEL, NEAR, FAR]) fill(m, va);
  return { m, high };
}

describe('a TLBI of an ASID', () => {
  test('tlb@1: drops what all share', () => {
    const { m } = shared({ second: false });
    m.tlbi('ASIDE1', 0n, A);
    for (const va of [KERNEL, NEAR, FAR]) expect([cached(m, va), isInline(m, va)]).toEqual([-1, false]);
  });
  test('tlb@2: leaves what a walk would make again, wherever it is kept', () => {
    const { m } = shared();
    const context = m.cpu.get32(cells.CONTEXT);
    for (let round = 0; round < 3; round++) {
      m.tlbi('ASIDE1', 0n, A);
      expect(m.cpu.get32(cells.CONTEXT)).toBe(context);
      for (const va of [KERNEL, NEAR, FAR]) expect([cached(m, va), isInline(m, va)]).toEqual([OLD, true]);
    }
  });
  test('tlb@2: drops what is mapped otherwise by now, and leaves its neighbours', () => {
    for (const before of [0, 1, 3]) {
      const { m, high } = shared();
      for (let n = 0; n < before; n++) m.tlbi('ASIDE1', 0n, A);
      high.map(KERNEL, NEW, RW | D.ng);
      expect(m.result(KERNEL)).toBe(OLD);
      m.tlbi('ASIDE1', 0n, A);
      expect([cached(m, KERNEL), isInline(m, KERNEL)]).toEqual([-1, false]);
      expect(m.result(KERNEL)).toBe(NEW);
      for (const va of [NEAR, FAR]) expect([cached(m, va), isInline(m, va)]).toEqual([OLD, true]);
      // From here on it is stale again.
      high.map(KERNEL, OLD, RW | D.ng);
      expect(m.result(KERNEL)).toBe(NEW);
      m.tlbi('ASIDE1', 0n, A);
      expect(m.result(KERNEL)).toBe(OLD);
    }
  });
  test.each([
    ['permissions', D.af | D.inner | D.ng | D.ro],
    ['attributes', RW | D.ng | D.attr(1)],
    ['no access flag', D.inner | D.ng],
    ['global', RW],
  ])('tlb@2: other %s are a change', (_what, bits) => {
    const { m, high } = shared();
    m.tlbi('ASIDE1', 0n, A);
    high.map(KERNEL, OLD, bits);
    m.tlbi('ASIDE1', 0n, A);
    expect(cached(m, KERNEL)).toBe(-1);
    expect(cached(m, NEAR)).toBe(OLD);
  });
  test('tlb@2: a descriptor written as it was is none', () => {
    const { m, high } = shared();
    high.map(KERNEL, OLD, RW | D.ng);
    m.tlbi('ASIDE1', 0n, A);
    expect(isInline(m, KERNEL)).toBe(true);
  });
  test('tlb@2: a table above that is replaced takes all below it away', () => {
    const { m, high } = shared();
    m.tlbi('ASIDE1', 0n, A);
    high.put(KERNEL, 0n, 2);
    m.tlbi('ASIDE1', 0n, A);
    for (const va of [KERNEL, NEAR]) expect(cached(m, va)).toBe(-1);
    expect(cached(m, FAR)).toBe(OLD);
  });
  test('tlb@2: an ASID that was never used leaves stale entries alone', () => {
    const { m, high } = shared();
    high.map(KERNEL, NEW, RW | D.ng);
    m.tlbi('ASIDE1', 0n, 99);
    expect(m.result(KERNEL)).toBe(OLD);
  });
  test('tlb@2: what was made under other settings goes', () => {
    const { m } = shared();
    const { tcrEl1Hi } = m.registers;
    m.set({ tcrEl1Hi: tcrEl1Hi & ~7 });
    m.tlbi('ASIDE1', 0n, A);
    m.set({ tcrEl1Hi });
    expect(cached(m, KERNEL)).toBe(-1);
  });
  test('tlb@2: the table of another TTBR1 goes', () => {
    const { m } = shared();
    const { ttbr1El1Lo } = m.registers;
    m.registers.ttbr1El1Lo = 0x60_0000;
    m.mmu.contextChanged();
    m.tlbi('ASIDE1', 0n, A);
    m.registers.ttbr1El1Lo = ttbr1El1Lo;
    m.mmu.contextChanged();
    expect(cached(m, KERNEL)).toBe(-1);
  });
  test('tlb@2: the lower range goes with its ASID', () => {
    const { m } = shared();
    const low = new Tables(m, 0x70_0000);
    const user = 0x5555_1234_5000n;
    m.registers.ttbr0El1Lo = low.root;
    low.map(user, OLD, RW | D.ng);
    fill(m, user);
    m.tlbi('ASIDE1', 0n, A);
    expect([cached(m, user), isInline(m, user)]).toEqual([-1, false]);
  });
  test('tlb@2: entries of another PE under the same settings stay, where equal', () => {
    const { m, high } = shared();
    m.set({ processor: 1 });
    for (const va of [KERNEL, FAR]) fill(m, va);
    m.set({ processor: 0 });
    high.map(KERNEL, NEW, RW | D.ng);
    m.tlbi('ASIDE1', 0n, A);
    m.set({ processor: 1 });
    expect([cached(m, KERNEL), cached(m, FAR)]).toEqual([-1, OLD]);
  });
  test('tlb@2: the rest of the maintenance is as it was', () => {
    for (const operation of ['VMALLE1', 'ALLE1'] as const) {
      const { m } = shared();
      m.tlbi('ASIDE1', 0n, A);
      m.tlbi(operation);
      asid(m, A);
      expect(cached(m, KERNEL)).toBe(-1);
    }
    const { m } = shared();
    m.tlbi('ASIDE1', 0n, A);
    m.tlbi('VAE1', KERNEL, B);
    expect([cached(m, KERNEL), cached(m, NEAR)]).toEqual([-1, OLD]);
  });
});

test("tlb@2: a change of stage 2 that its TLBI tells of is seen, though no entry's table was written to", () => {
  const m = new Machine();
  m.keepSharedWalks();
  const high = new Tables(m, 0x20_0000);
  const stage2 = new Tables(m, 0x80_0000, { startLevel: 1, rootBytes: 4096 });
  for (let pa = 0; pa < 0x80_0000; pa += 0x1000) stage2.map(BigInt(pa), pa, S2_RWX);
  high.map(KERNEL, OLD, RW | D.ng);
  m.set({ sctlrEl1: 1, ttbr1El1Lo: high.root, vttbrEl2Lo: 0x80_0000, hcrEl2Lo: 1 });
  m.el(1);
  for (const value of [A, B, A]) asid(m, value);
  fill(m, KERNEL);
  m.tlbi('ASIDE1', 0n, A);
  expect(m.result(KERNEL)).toBe(OLD);
  stage2.map(BigInt(OLD), NEW, S2_RWX);
  m.tlbi('ASIDE1', 0n, A);
  expect(m.result(KERNEL)).toBe(OLD);
  m.tlbi('IPAS2E1', BigInt(OLD));
  m.tlbi('ASIDE1', 0n, A);
  expect(m.result(KERNEL)).toBe(NEW);
});

// One machine knows which tables were written to, the other walks all at each TLBI, since it was restored before.
test('what is kept does not depend on what is remembered of the tables', () => {
  const vaOf = (n: number): bigint => KERNEL + (BigInt(n >> 2) << 21n) + (BigInt(n & 3) << 12n);
  for (let seed = 1n; seed <= 4n; seed++) {
    const random = new Prng(seed);
    const upTo = (n: number): number => Number(random.next64() % BigInt(n));
    const make = () => {
      const { m, high } = stage1Machine();
      m.keepSharedWalks();
      m.el(1);
      for (const value of [A, B, A]) asid(m, value);
      return { m, high };
    };
    const both = [make(), make()];
    for (let step = 0; step < 300; step++) {
      const what = upTo(10);
      const va = vaOf(upTo(24));
      const [pa, bits, level] = [(0x300 + upTo(4)) << 12, upTo(4) === 0 ? RW : RW | D.ng, upTo(12) === 0 ? 2 : 3];
      const [who, processor, write] = [upTo(2) === 0 ? A : B, upTo(2), upTo(3) === 0];
      const results = both.map(({ m, high }, n) => {
        if (what < 3) high.map(va, pa, bits | (write ? D.ro : 0n), level);
        else if (what < 7) return m.result(va, write ? Access.write : Access.read);
        else if (what === 7) m.set({ processor });
        else if (what === 8) asid(m, who);
        else {
          if (n === 1) {
            m.mmu.restoreState(m.mmu.saveState());
            m.mmu.controlsChanged();
          }
          m.tlbi('ASIDE1', 0n, who);
          return m.mmu.saveState();
        }
        return undefined;
      });
      expect({ seed, step, result: results[1] }).toEqual({ seed, step, result: results[0] });
    }
  }
});
