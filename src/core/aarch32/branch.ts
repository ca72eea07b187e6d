import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import { load, ordinary } from '../lifting/data-access.ts';

const LR = 14;

/** BL: LR is the address of the next instruction; by a displacement from this one. */
export function branchWithLink(ir: Builder32, displacement: number): Flow {
  ir.setR(LR, ir.link());
  ir.returnsHere();
  return ir.branch(displacement);
}

/** BLX: to the instruction set that bit 0 of the target names. */
export function branchExchangeWithLink(ir: Builder32, target: I32): Flow {
  ir.setR(LR, ir.link());
  ir.returnsHere();
  return ir.bxWritePc(target);
}

/** TBB, TBH: forward by twice what the table holds. Arm ARM DDI 0406C, A8.8.237. */
export function tableBranch(ir: Builder32, table: I32, index: I32, log2: 0 | 1): Flow {
  const at = ir.add(table, log2 === 0 ? index : ir.shlBy(index, 1));
  const halfwords = load(ir, log2, ir.address(at), ordinary(ir)) as I32;
  return ir.branchWritePc(ir.add(ir.r(15), ir.shlBy(halfwords, 1)));
}
