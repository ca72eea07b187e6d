import type { Builder } from '../ir/builder.ts';
import type { Int, Value } from '../ir/types.ts';

// Arm's division gives 0 for a division by 0, and the smallest number for itself divided by -1; WebAssembly's traps.

export function unsignedQuotient(ir: Builder, a: Value<Int>, b: Value<Int>): Value<Int> {
  const type = a.type as Int;
  const byZero = ir.isZero(b);
  return ir.divU(ir.select(byZero, ir.int(type, 0), a), ir.select(byZero, ir.int(type, 1), b));
}

/** By 0 and by -1 the quotient is the product: 0 and -a. */
export function signedQuotient(ir: Builder, a: Value<Int>, b: Value<Int>): Value<Int> {
  const type = a.type as Int;
  const one = ir.int(type, 1);
  const special = ir.compare('leU', ir.add(b, one), one);
  return ir.select(special, ir.mul(a, b), ir.divS(a, ir.select(special, one, b)));
}
