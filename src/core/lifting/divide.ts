import type { Builder } from '../ir/builder.ts';
import type { Int, Value } from '../ir/types.ts';

// Arm's division gives 0 for a division by 0, and the smallest number for itself divided by -1; WebAssembly's traps.

export function unsignedQuotient<T extends Int>(ir: Builder, a: Value<T>, b: Value<T>): Value<T> {
  const type = a.type as T;
  const byZero = ir.isZero(b);
  return ir.divU(ir.select(byZero, ir.int(type, 0), a), ir.select(byZero, ir.int(type, 1), b));
}

/** By 0 and by -1 the quotient is the product: 0 and -a. */
export function signedQuotient<T extends Int>(ir: Builder, a: Value<T>, b: Value<T>): Value<T> {
  const one = ir.int(a.type as T, 1);
  const special = ir.compare('leU', ir.add(b, one), one);
  return ir.select(special, ir.mul(a, b), ir.divS(a, ir.select(special, one, b)));
}
