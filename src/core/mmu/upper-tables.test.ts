import { describe, expect, test } from 'vitest';
import * as cells from '../state/cells.ts';
import { Access } from './access.ts';
import { D, type Machine, RW, stage1Machine, type Tables } from './mmu.fixture.ts';
import { Serials } from './serials.ts';
import { A, asid, B, fill, isInline, KERNEL, NEW, OLD } from './shared-kernel.fixture.ts';
import { UpperTables } from './upper-tables.ts';

const USER = 0x5555_1234_5000n;

/** A kernel mapped non-global, whose table two ASIDs have used in turn. */
function sharedKernel(): { m: Machine; low: Tables; high: Tables } {
  const { m, low, high } = stage1Machine();
  low.map(USER, OLD, RW | D.ng);
  high.map(KERNEL, OLD, RW | D.ng);
  m.el(1);
  for (const value of [A, B, A]) asid(m, value);
  return { m, low, high };
}

describe('a table of TTBR1_EL1 that ASIDs share', () => {
  test('is found by an ASID that comes back to it, and serves them all', () => {
    const { m } = sharedKernel();
    fill(m, KERNEL);
    const context = m.cpu.get32(cells.CONTEXT);
    asid(m, B);
    expect(m.cpu.get32(cells.CONTEXT)).toBe(context);
    expect(isInline(m, KERNEL)).toBe(true);
    asid(m, 77);
    expect(isInline(m, KERNEL)).toBe(true);
  });
  test('is not one that ASIDs use one after the other', () => {
    const { m, high } = stage1Machine();
    high.map(KERNEL, OLD, RW | D.ng);
    m.el(1);
    for (const value of [A, B, 5]) {
      asid(m, value);
      fill(m, KERNEL);
    }
    high.map(KERNEL, NEW, RW | D.ng);
    asid(m, 6);
    expect(isInline(m, KERNEL)).toBe(false);
    expect(m.result(KERNEL)).toBe(NEW);
  });
  test('TLBI by address drops its pages, whichever ASID is named', () => {
    for (const named of [A, B]) {
      const { m, high } = sharedKernel();
      fill(m, KERNEL);
      high.map(KERNEL, NEW, RW | D.ng);
      m.tlbi('VAE1', KERNEL, named);
      expect(isInline(m, KERNEL)).toBe(false);
      expect(m.result(KERNEL)).toBe(NEW);
    }
  });
  test('TLBI by ASID drops its pages for all', () => {
    for (const operation of ['ASIDE1', 'VMALLE1'] as const) {
      const { m, high } = sharedKernel();
      fill(m, KERNEL);
      high.map(KERNEL, NEW, RW | D.ng);
      m.tlbi(operation, 0n, A);
      for (const value of [A, B]) {
        asid(m, value);
        expect(isInline(m, KERNEL)).toBe(false);
        expect(m.result(KERNEL)).toBe(NEW);
      }
    }
  });
  test('another table has entries of its own', () => {
    const { m, high } = sharedKernel();
    fill(m, KERNEL);
    const root = high.root;
    m.registers.ttbr1El1Lo = 0x60_0000;
    m.mmu.contextChanged();
    expect(isInline(m, KERNEL)).toBe(false);
    expect(m.result(KERNEL)).toBe('translation/0');
    m.registers.ttbr1El1Lo = root;
    m.mmu.contextChanged();
    expect(isInline(m, KERNEL)).toBe(true);
  });
});

describe('the lower range, while the upper one is shared', () => {
  test('is each ASID its own', () => {
    const { m, low } = sharedKernel();
    fill(m, USER);
    expect(isInline(m, USER)).toBe(true);
    low.map(USER, NEW, RW | D.ng);
    asid(m, B);
    expect(isInline(m, USER)).toBe(false);
    expect(m.result(USER)).toBe(NEW);
    asid(m, A);
    expect(isInline(m, USER)).toBe(false);
    expect(m.result(USER)).toBe(OLD);
  });
  test('also where the ASID changes at EL0, and with many pages', () => {
    const { m, low } = sharedKernel();
    const pages = Array.from({ length: 100 }, (_, i) => USER + BigInt(i) * 0x1000n);
    for (const va of pages) {
      low.map(va, OLD, RW | D.ng);
      fill(m, va);
    }
    m.el(0);
    asid(m, B);
    m.el(1);
    for (const va of pages) expect(isInline(m, va)).toBe(false);
  });
  test('jumps to code in it are forgotten', () => {
    const { m } = sharedKernel();
    m.translate(KERNEL, Access.execute);
    asid(m, B);
    expect(m.allCodeInvalidated).toBe(0);
    m.translate(USER, Access.execute);
    asid(m, A);
    expect(m.allCodeInvalidated).toBe(1);
  });
});

test('more tables than are told apart are each shared by nobody', () => {
  const tables = new UpperTables(new Serials(), () => {});
  for (let round = 0; round < 3; round++)
    for (let base = 0; base < 8; base++)
      for (const value of [A, B]) expect(tables.serialOf(base << 12, 0, value)).toBe(value);
});
