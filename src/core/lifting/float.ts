import {
  BINARY_ADD,
  BINARY_DIV,
  BINARY_MUL,
  BINARY_SUB,
  DETAIL_FRACTION_AT,
  DETAIL_INT64,
  DETAIL_UNSIGNED,
} from '../helpers/float-codes.ts';
import type { HelperName } from '../helpers/signatures.ts';
import type { Builder } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';

// Floating point on values that are bit patterns: i32 of singles, i64 of doubles. `control` is what the operation runs under:
// the cell FPCR, or AArch32's standard value.

/** Those with a helper of their own. */
const named: Readonly<Record<number, readonly [HelperName, HelperName]>> = {
  [BINARY_ADD]: ['f32Add', 'f64Add'],
  [BINARY_SUB]: ['f32Sub', 'f64Sub'],
  [BINARY_MUL]: ['f32Mul', 'f64Mul'],
  [BINARY_DIV]: ['f32Div', 'f64Div'],
};

/** By BINARY_x: on two singles or two doubles. */
export function binary<T extends Int>(ir: Builder, op: number, a: Value<T>, b: Value<T>, control: I32): Value<T> {
  const wide = a.type === 'i64' ? 1 : 0;
  const own = named[op];
  if (own) return ir.call(own[wide], a, b, control) as Value as Value<T>;
  return ir.call(wide ? 'f64Binary' : 'f32Binary', ir.i32(op), a, b, control) as Value as Value<T>;
}

/** By UNARY_x, with the `detail` it takes. */
export function unary<T extends Int>(ir: Builder, op: number, a: Value<T>, how: number, control: I32): Value<T> {
  const name = a.type === 'i64' ? 'f64Unary' : 'f32Unary';
  return ir.call(name, ir.i32(op), a, ir.i32(how), control) as Value as Value<T>;
}

/** addend + a × b, rounded once. */
export function mulAdd<T extends Int>(ir: Builder, addend: Value<T>, a: Value<T>, b: Value<T>, control: I32): Value<T> {
  return ir.call(a.type === 'i64' ? 'f64MulAdd' : 'f32MulAdd', addend, a, b, control) as Value as Value<T>;
}

/** NZCV in bits 31:28; `signalling` 1: quiet NaNs raise Invalid Operation too. */
export const compare = <T extends Int>(ir: Builder, a: Value<T>, b: Value<T>, signalling: number, control: I32): I32 =>
  ir.call(a.type === 'i64' ? 'f64Compare' : 'f32Compare', a, b, ir.i32(signalling), control) as I32;

/** FPNeg and FPAbs, of NaNs too. */
export const negate = <T extends Int>(ir: Builder, a: Value<T>): Value<T> =>
  ir.xor(a, ir.int(a.type as T, a.type === 'i64' ? 1n << 63n : 1n << 31n));
export const absolute = <T extends Int>(ir: Builder, a: Value<T>): Value<T> =>
  ir.and(a, ir.int(a.type as T, (a.type === 'i64' ? 1n << 63n : 1n << 31n) - 1n));

/** The `detail` of a conversion. */
export const detail = (rounding: number, unsigned: boolean, int64 = false, fraction = 0): number =>
  rounding | (unsigned ? DETAIL_UNSIGNED : 0) | (int64 ? DETAIL_INT64 : 0) | (fraction << DETAIL_FRACTION_AT);

/** FPToFixed; an integer of less than 64 bits is zero-extended from 32. */
export const toInteger = (ir: Builder, a: Value<Int>, how: number, control: I32): I64 =>
  ir.call(a.type === 'i64' ? 'f64ToInt' : 'f32ToInt', a, ir.i32(how), control) as I64;

/** FixedToFP, of an integer extended to 64 bits, to a double or a single. */
export const fromInteger = (ir: Builder, isDouble: boolean, integer: I64, how: number, control: I32): Value<Int> =>
  ir.call(isDouble ? 'f64FromInt' : 'f32FromInt', integer, ir.i32(how), control) as Value<Int>;
