import type { Builder } from '../ir/builder.ts';
import type { Int, Value } from '../ir/types.ts';

/**
 * Operands whose comparison gives the flags NZCV of the index. So CCMP stays a comparison, of selected operands, and
 * a branch after it costs one operation. 'min' is the smallest signed number, 'max' the greatest. The others cannot be.
 */
const operandsOfFlags: Readonly<Record<number, readonly [Operand, Operand]>> = {
  0: [1, -1],
  2: [1, 0],
  3: ['min', 1],
  6: [0, 0],
  8: [0, 1],
  9: ['max', -1],
  10: [-1, 1],
};
type Operand = number | 'min' | 'max';

function constant(ir: Builder, type: Int, operand: Operand): Value<Int> {
  if (typeof operand === 'number') return ir.int(type, operand);
  const min = 1n << (type === 'i64' ? 63n : 31n);
  return ir.int(type, operand === 'min' ? min : min - 1n);
}

/** CCMP: the flags of a - b if the condition holds, else the literal ones. */
export function conditionalCompare(ir: Builder, c: number, a: Value<Int>, b: Value<Int>, flags: number): 'next' {
  if (c >= 14) {
    ir.setFlagsSub(a, b);
    return 'next';
  }
  const holds = ir.condition(c);
  const otherwise = operandsOfFlags[flags];
  if (otherwise === undefined) {
    ir.setFlagsSub(a, b);
    ir.setNzcv(ir.select(holds, ir.nzcv(), ir.i32(flags << 28)));
  } else {
    const type = a.type as Int;
    const [otherA, otherB] = otherwise;
    ir.setFlagsSub(ir.select(holds, a, constant(ir, type, otherA)), ir.select(holds, b, constant(ir, type, otherB)));
  }
  return 'next';
}

/** CCMN: the same with the flags of a + b. */
export function conditionalCompareNegative(
  ir: Builder,
  c: number,
  a: Value<Int>,
  b: Value<Int>,
  flags: number,
): 'next' {
  const holds = ir.condition(c);
  ir.setFlagsAdd(a, b);
  if (c < 14) ir.setNzcv(ir.select(holds, ir.nzcv(), ir.i32(flags << 28)));
  return 'next';
}
