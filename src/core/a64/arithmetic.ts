import type { Builder } from '../ir/builder.ts';
import type { Int, Value } from '../ir/types.ts';

/** Two operands and a destination, 31 being the zero register. */
export interface Sum {
  readonly d: number;
  readonly a: Value<Int>;
  readonly b: Value<Int>;
}

/** ADDS, SUBS and their aliases CMN and CMP: the result is not computed where it is not kept. */
export function addSetting(ir: Builder, { d, a, b }: Sum): 'next' {
  ir.setFlagsAdd(a, b);
  if (d !== 31) ir.setReg(d, ir.add(a, b));
  return 'next';
}

export function subSetting(ir: Builder, { d, a, b }: Sum): 'next' {
  ir.setFlagsSub(a, b);
  if (d !== 31) ir.setReg(d, ir.sub(a, b));
  return 'next';
}

/** ANDS, BICS and their alias TST. */
export function logicSetting(ir: Builder, d: number, result: Value<Int>): 'next' {
  ir.setFlagsLogic(result);
  ir.setReg(d, result);
  return 'next';
}
