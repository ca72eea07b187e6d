import { expect } from 'vitest';
import * as cells from '../state/cells.ts';
import { highOf, lowOf, type Machine } from './mmu.fixture.ts';

/** A kernel mapped non-global, as Linux's with isolated page tables, and where its page lies before and after a change. */
export const KERNEL = 0xffff_8000_1234_5000n;
export const OLD = 0x30_0000;
export const NEW = 0x50_0000;
/** ASIDs that use its table in turn. */
export const A = 3;
export const B = 4;

export const asid = (m: Machine, value: number): void => {
  m.registers.ttbr0El1Hi = value << 16;
  m.mmu.contextChanged();
};
export const fill = (m: Machine, va: bigint): void => {
  expect(m.translate(va)).toBe(true);
  m.mmu.fillRead(lowOf(va), highOf(va), false);
};
/** Whether translated code would find the page by itself. */
export const isInline = (m: Machine, va: bigint): boolean => {
  const entry = cells.TLB_READ + 16 * (Number(va >> 12n) & (cells.TLB_ENTRIES - 1));
  return m.cpu.get64(entry) === ((va & ~0xfffn) | m.cpu.get64(cells.CONTEXT));
};
