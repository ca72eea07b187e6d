import { signExtend } from '../../base/bits.ts';
import { branchExchangeWithLink, branchWithLink } from '../aarch32/branch.ts';
import {
  loadMultiple,
  loadMultipleAndReturn,
  loadMultipleUser,
  storeMultiple,
  storeMultipleUser,
} from '../aarch32/ldst-multiple.ts';
import type { Lifters32 } from '../decode/lift.ts';
import { openMonitor } from '../lifting/exclusive-monitor.ts';
import type { branch, ldstMultiple } from './branch.table.ts';
import type { branchRegister } from './miscellaneous.table.ts';
import type { unconditional } from './unconditional.table.ts';

const PC_AHEAD = 8;
const bytes = (words: number): number => signExtend(words, 24) * 4;

export const branchLift = {
  B: (ir, f) => ir.branch(PC_AHEAD + bytes(f.i)),
  BL: (ir, f) => branchWithLink(ir, PC_AHEAD + bytes(f.i)),
} satisfies Lifters32<typeof branch>;

export const branchRegisterLift = {
  BX: (ir, f) => ir.bxWritePc(ir.r(f.m)),
  BLX_reg: (ir, f) => branchExchangeWithLink(ir, ir.r(f.m)),
} satisfies Lifters32<typeof branchRegister>;

export const ldstMultipleLift = {
  STM: storeMultiple,
  LDM: loadMultiple,
  STM_user: storeMultipleUser,
  LDM_user: loadMultipleUser,
  LDM_return: (ir, f) => loadMultipleAndReturn(ir, { ...f, l: f.l | 0x8000 }),
} satisfies Lifters32<typeof ldstMultiple>;

export const unconditionalLift = {
  BLX_imm: (ir, f) => branchExchangeWithLink(ir, ir.pcAligned(bytes(f.i) + 2 * f.h + 1)),
  CLREX: (ir) => {
    openMonitor(ir);
    return 'next';
  },
  PRELOAD_imm: () => 'next',
  PRELOAD_reg: () => 'next',
} satisfies Lifters32<typeof unconditional>;
