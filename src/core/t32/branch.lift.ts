import { signExtend } from '../../base/bits.ts';
import { branchExchangeWithLink, branchWithLink } from '../aarch32/branch.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { openMonitor } from '../lifting/exclusive-monitor.ts';
import type { branch, monitor } from './branch.table.ts';

const PC_AHEAD = 4;

type Conditional = {
  readonly s: number;
  readonly i: number;
  readonly a: number;
  readonly b: number;
  readonly j: number;
};
function branchIf(ir: Builder32, condition: number, { s, i, a, b, j }: Conditional): Flow {
  const halfwords = signExtend((s << 19) | (b << 18) | (a << 17) | (i << 11) | j, 20);
  return ir.branchIf(ir.condition(condition), PC_AHEAD + 2 * halfwords);
}

/** S:I1:I2:imm10:low, the sign-extended displacement in units of which `low` has `width` bits. I1 and I2 are a and b, or their inverses where S is 0. */
function far({ s, i, a, b, j }: Conditional, width: number): number {
  const i1 = a ^ s ^ 1;
  const i2 = b ^ s ^ 1;
  return signExtend((((((s << 1) | i1) << 1) | i2) << (10 + width)) | (i << width) | j, 13 + width);
}

export const branchLift = {
  B_EQ_to_VC: (ir, f) => branchIf(ir, f.c, f),
  B_HI_to_LT: (ir, f) => branchIf(ir, 8 + f.c, f),
  B_GT_LE: (ir, f) => branchIf(ir, 12 + f.c, f),
  B: (ir, f) => ir.branch(PC_AHEAD + 2 * far(f, 11)),
  BL: (ir, f) => branchWithLink(ir, PC_AHEAD + 2 * far(f, 11)),
  /** To A32, from Align(PC, 4). */
  BLX_imm: (ir, f) => branchExchangeWithLink(ir, ir.pcAligned(4 * far(f, 10))),
} satisfies Lifters32<typeof branch>;

export const monitorLift = {
  CLREX: (ir) => {
    openMonitor(ir);
    return 'next';
  },
} satisfies Lifters32<typeof monitor>;
