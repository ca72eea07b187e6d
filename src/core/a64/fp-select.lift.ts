import type { Lifters } from '../decode/lift.ts';
import { expandImmediate } from '../simd/expand-immediate.ts';
import { operand } from './fp-operations.ts';
import type { fpSelect } from './fp-select.table.ts';
import { setScalar } from './scalar.ts';

export const fpSelectLift = {
  FCSEL: (ir, f) => {
    setScalar(ir, f.d, ir.select(ir.condition(f.c), operand(ir, f.t, f.n), operand(ir, f.t, f.m)));
    return 'next';
  },
  FMOV_imm: (ir, f) => {
    const bits = expandImmediate(f.t, 15, f.i);
    ir.setVd(f.d, ir.i64(f.t ? bits : bits & 0xffffffffn));
    return 'next';
  },
} satisfies Lifters<typeof fpSelect>;
