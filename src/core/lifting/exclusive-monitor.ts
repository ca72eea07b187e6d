import type { Builder } from '../ir/builder.ts';
import type { I32, I64 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';

// The monitor is local and holds an address and the size. Arm ARM DDI 0487, B2.9; DDI 0406C, A3.4.

/** Marks what an exclusive load has read. */
export function setMonitor(ir: Builder, bytes: number, address: I64): void {
  ir.setCell32(cells.EXCLUSIVE_SIZE, ir.i32(bytes));
  ir.setCell64(cells.EXCLUSIVE_ADDRESS, address);
}

export const openMonitor = (ir: Builder): void => ir.setCell32(cells.EXCLUSIVE_SIZE, ir.i32(0));

/**
 * Stores where the monitor holds these bytes, and opens the monitor; gives 0 (stored) or 1. The monitor is asked before the
 * memory, which is IMPLEMENTATION DEFINED (Arm ARM DDI 0487, AArch64.ExclusiveMonitorsPass): so a store that fails cannot
 * fault, and one that succeeds is aligned, as the load was.
 */
export function storeExclusive(ir: Builder, bytes: number, address: I64, attempt: () => void): I32 {
  const sized = ir.compare('eq', ir.cell32(cells.EXCLUSIVE_SIZE), ir.i32(bytes));
  const held = ir.and(sized, ir.compare('eq', ir.cell64(cells.EXCLUSIVE_ADDRESS), address));
  const status = ir.isZero(held);
  ir.if(held, attempt);
  openMonitor(ir);
  return status;
}
