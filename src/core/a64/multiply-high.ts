import type { Builder } from '../ir/builder.ts';
import type { I64 } from '../ir/types.ts';

/** Bits 127:64 of a 64 by 64 bit product, from products of halves: SMULH and UMULH differ in how high halves are taken. */
export function multiplyHigh(ir: Builder, a: I64, b: I64, signed: boolean): I64 {
  const high = (x: I64): I64 => (signed ? ir.shrSBy(x, 32) : ir.shrUBy(x, 32));
  const low = (x: I64): I64 => ir.and(x, ir.i64(0xffff_ffff));
  const [aLow, bLow, aHigh, bHigh] = [low(a), low(b), high(a), high(b)];
  const first = ir.add(ir.mul(aHigh, bLow), ir.shrUBy(ir.mul(aLow, bLow), 32));
  const second = ir.add(ir.mul(aLow, bHigh), low(first));
  return ir.add(ir.mul(aHigh, bHigh), ir.add(high(first), high(second)));
}
