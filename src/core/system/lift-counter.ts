import type { Builder } from '../ir/builder.ts';
import type { I64 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';

// Reads of the system counter as IR: what GenericTimer answers, without leaving the code. Arm ARM DDI 0487, "The Generic Timer in AArch64 state".

/** CNTPCT_EL0 from the instruction count; undefined where the counter's rate is none to be worked out here. */
export function liftPhysicalCount(ir: Builder): I64 | undefined {
  const rate = ir.config.counterRate;
  if (rate === null) return undefined;
  ir.setCell64(cells.LOOKS, ir.add(ir.cell64(cells.LOOKS), ir.i64(1)));
  const { ticks, counts } = rate;
  const product = ticks === 1 ? ir.icount() : ir.mul(ir.icount(), ir.i64(ticks));
  const shift = Math.log2(counts);
  return Number.isInteger(shift) ? ir.shrUBy(product, shift) : ir.divU(product, ir.i64(counts));
}
/** CNTVCT_EL0: behind the physical count by CNTVOFF_EL2. */
export function liftVirtualCount(ir: Builder): I64 | undefined {
  const physical = liftPhysicalCount(ir);
  return physical && ir.sub(physical, ir.cell64(sys.CNTVOFF_EL2));
}
