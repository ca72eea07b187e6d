import type { Builder } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';

/** a + b + carry. SBC is this with b inverted. Arm ARM DDI 0487, AddWithCarry. */
export function addWithCarry(ir: Builder, a: Value<Int>, b: Value<Int>): Value<Int> {
  const carry = ir.carry();
  const sum = ir.add(a, b);
  return ir.add(sum, sum.type === 'i64' ? ir.extendU(carry) : carry);
}

/** The same with its flags: the carry and the overflow out of the top bit, from the bits that went into it. */
export function addWithCarrySetting(ir: Builder, d: number, a: Value<Int>, b: Value<Int>): 'next' {
  const sum = addWithCarry(ir, a, b);
  const carries = ir.or(ir.and(a, b), ir.and(ir.or(a, b), ir.not(sum)));
  const overflows = ir.and(ir.xor(a, sum), ir.xor(b, sum));
  const z = ir.shlBy(ir.isZero(sum), 30);
  const nz = ir.or(topBitAt(ir, sum, 31), z);
  ir.setNzcv(ir.or(nz, ir.or(topBitAt(ir, carries, 29), topBitAt(ir, overflows, 28))));
  ir.setReg(d, sum);
  return 'next';
}

function topBitAt(ir: Builder, value: Value<Int>, position: number): I32 {
  const top = value.type === 'i64' ? ir.wrap(ir.shrUBy(value as I64, 63)) : ir.shrUBy(value as I32, 31);
  return ir.shlBy(top, position);
}
