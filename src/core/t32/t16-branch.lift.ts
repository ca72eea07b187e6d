import { signExtend } from '../../base/bits.ts';
import { branchExchangeWithLink } from '../aarch32/branch.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { t16Branch, t16IfThen } from './t16-branch.table.ts';

const PC_AHEAD = 4;

const branchIf = (ir: Builder32, condition: number, imm8: number): Flow =>
  ir.branchIf(ir.condition(condition), PC_AHEAD + 2 * signExtend(imm8, 8));

export const t16BranchLift = {
  BX: (ir, f) => ir.bxWritePc(ir.r(f.m)),
  BLX_reg: (ir, f) => branchExchangeWithLink(ir, ir.r(f.m)),
  CBZ: (ir, f) => ir.branchIf(ir.isZero(ir.r(f.n)), PC_AHEAD + 2 * f.i),
  CBNZ: (ir, f) => ir.branchIf(ir.compare('ne', ir.r(f.n), ir.i32(0)), PC_AHEAD + 2 * f.i),
  B_EQ_to_VC: (ir, f) => branchIf(ir, f.c, f.i),
  B_HI_to_LT: (ir, f) => branchIf(ir, 8 + f.c, f.i),
  B_GT_LE: (ir, f) => branchIf(ir, 12 + f.c, f.i),
  B: (ir, f) => ir.branch(PC_AHEAD + 2 * signExtend(f.i, 11)),
} satisfies Lifters32<typeof t16Branch>;

function ifThen(ir: Builder32, condition: number, mask: number): Flow {
  ir.startIt((condition << 4) | mask);
  return 'next';
}

export const t16IfThenLift = {
  IT: (ir, f) => ifThen(ir, f.c, 8),
  ITx: (ir, f) => ifThen(ir, f.c, (f.m << 3) | 4),
  ITxy: (ir, f) => ifThen(ir, f.c, (f.m << 2) | 2),
  ITxyz: (ir, f) => ifThen(ir, f.c, (f.m << 1) | 1),
} satisfies Lifters32<typeof t16IfThen>;
