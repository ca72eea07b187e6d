import type { Lifters32 } from '../decode/lift.ts';
import type { coprocessor, vfpSystem } from './coprocessor.table.ts';
import { ldc, mcr, mcrr, mrc, mrrc, stc } from './coprocessor.ts';
import { vmrs, vmsr } from './fp-system.ts';

export const coprocessorLift = {
  MCR: (ir, f) => mcr(ir, f),
  MRC: (ir, f) => mrc(ir, f),
  MCRR: (ir, f) => mcrr(ir, f),
  MRRC: (ir, f) => mrrc(ir, f),
  STC: (ir, f) => stc(ir, f),
  LDC: (ir, f) => ldc(ir, f),
} satisfies Lifters32<typeof coprocessor>;

export const vfpSystemLift = {
  VMSR: (ir, f) => vmsr(ir, f.r, f.t),
  VMRS: (ir, f) => vmrs(ir, f.r, f.t),
} satisfies Lifters32<typeof vfpSystem>;
