import type { Lifters } from '../decode/lift.ts';
import type { I32, Int } from '../ir/types.ts';
import { compare } from '../lifting/float.ts';
import type { fpCompare } from './fp-compare.table.ts';
import { fpcr, operand } from './fp-operations.ts';

export const fpCompareLift = {
  FCMP: (ir, f) => {
    ir.setNzcv(compare(ir, operand(ir, f.t, f.n), operand(ir, f.t, f.m), f.e, fpcr(ir)));
    return 'next';
  },
  FCMP_zero: (ir, f) => {
    const a = operand(ir, f.t, f.n);
    ir.setNzcv(compare(ir, a, ir.int(a.type as Int, 0), f.e, fpcr(ir)));
    return 'next';
  },
  FCCMP: (ir, f) => {
    const a = operand(ir, f.t, f.n);
    const b = operand(ir, f.t, f.m);
    const otherwise = ir.i32(f.z << 28);
    const helper = f.t ? 'f64CompareIf' : 'f32CompareIf';
    ir.setNzcv(ir.call(helper, ir.condition(f.c), otherwise, a, b, ir.i32(f.e), fpcr(ir)) as I32);
    return 'next';
  },
} satisfies Lifters<typeof fpCompare>;
