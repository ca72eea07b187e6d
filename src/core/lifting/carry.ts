import type { Builder } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';

/** a + b + carry. SBC is this with b inverted. Arm ARM DDI 0487, AddWithCarry. */
export function addWithCarry<T extends Int>(ir: Builder, a: Value<T>, b: Value<T>): Value<T> {
  const carry = ir.carry();
  return ir.add(ir.add(a, b), (a.type === 'i64' ? ir.extendU(carry) : carry) as Value as Value<T>);
}

/** The same with its flags: the carry and the overflow out of the top bit, from the bits that went into it. */
export function addWithCarrySetting<T extends Int>(ir: Builder, a: Value<T>, b: Value<T>): Value<T> {
  const sum = addWithCarry(ir, a, b);
  const carries = ir.or(ir.and(a, b), ir.and(ir.or(a, b), ir.not(sum)));
  const overflows = ir.and(ir.xor(a, sum), ir.xor(b, sum));
  const z = ir.shlBy(ir.isZero(sum), 30);
  const nz = ir.or(topBitAt(ir, sum, 31), z);
  ir.setNzcv(ir.or(nz, ir.or(topBitAt(ir, carries, 29), topBitAt(ir, overflows, 28))));
  return sum;
}

function topBitAt(ir: Builder, value: Value<Int>, position: number): I32 {
  const top = value.type === 'i64' ? ir.wrap(ir.shrUBy(value as I64, 63)) : ir.shrUBy(value as I32, 31);
  return ir.shlBy(top, position);
}
