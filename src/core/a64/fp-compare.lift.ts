import type { Lifters } from '../decode/lift.ts';
import type { Builder } from '../ir/builder.ts';
import type { I32, Int, Value } from '../ir/types.ts';
import type { fpCompare } from './fp-compare.table.ts';
import { fpcr, operand } from './fp-operations.ts';

const compare = (ir: Builder, a: Value<Int>, b: Value<Int>, signalling: number): I32 =>
  ir.call(a.type === 'i64' ? 'f64Compare' : 'f32Compare', a, b, ir.i32(signalling), fpcr(ir)) as I32;

export const fpCompareLift = {
  FCMP: (ir, f) => {
    ir.setNzcv(compare(ir, operand(ir, f.t, f.n), operand(ir, f.t, f.m), f.e));
    return 'next';
  },
  FCMP_zero: (ir, f) => {
    const a = operand(ir, f.t, f.n);
    ir.setNzcv(compare(ir, a, ir.int(a.type as Int, 0), f.e));
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
