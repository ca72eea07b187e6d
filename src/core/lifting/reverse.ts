import type { Builder } from '../ir/builder.ts';
import type { I32, Int, V128, Value } from '../ir/types.ts';

/** Exchanges neighbouring groups of `by` bits, whose low ones `mask` picks. */
function swap<T extends Int>(ir: Builder, value: Value<T>, by: number, mask: bigint): Value<T> {
  const low = ir.int(value.type as T, mask);
  return ir.or(ir.shlBy(ir.and(value, low), by), ir.and(ir.shrUBy(value, by), low));
}

/** The bytes of each halfword reversed (REV16). */
export const reverseHalfwords = <T extends Int>(ir: Builder, value: Value<T>): Value<T> =>
  swap(ir, value, 8, 0x00ff00ff_00ff00ffn);

/** The bytes of each word reversed (REV32; REV of a W register). */
export function reverseWords<T extends Int>(ir: Builder, value: Value<T>): Value<T> {
  if (value.type === 'i64') return swap(ir, reverseHalfwords(ir, value), 16, 0x0000ffff_0000ffffn);
  const odd = ir.and(ir.rotrBy(value, 8), ir.int(value.type as T, 0xff00ff00n));
  return ir.or(odd, ir.and(ir.rotrBy(value, 24), ir.int(value.type as T, 0x00ff00ffn)));
}

/** All the bytes of a value reversed. */
export function reverseBytes<T extends Int>(ir: Builder, value: Value<T>): Value<T> {
  const words = reverseWords(ir, value);
  return value.type === 'i64' ? ir.rotrBy(words, 32) : words;
}

/** All the bits of a value reversed (RBIT). */
export function reverseBits<T extends Int>(ir: Builder, value: Value<T>): Value<T> {
  const pairs = swap(ir, value, 1, 0x55555555_55555555n);
  const nibbles = swap(ir, pairs, 2, 0x33333333_33333333n);
  return reverseBytes(ir, swap(ir, nibbles, 4, 0x0f0f0f0f_0f0f0f0fn));
}

export const reverse16 = (ir: Builder, value: I32): I32 => ir.shrUBy(reverseWords(ir, value), 16);

const sixteenBytes = Array.from({ length: 16 }, (_, i) => 15 - i);
export const reverse128 = (ir: Builder, value: V128): V128 => ir.shuffle(value, value, sixteenBytes);
