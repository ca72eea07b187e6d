import {
  BINARY_ADD,
  BINARY_DIV,
  BINARY_MUL,
  BINARY_SUB,
  DETAIL_FRACTION_AT,
  DETAIL_INT64,
  DETAIL_UNSIGNED,
  ROUND_FPCR,
} from '../helpers/float-codes.ts';
import type { HelperName } from '../helpers/signatures.ts';
import type { Builder } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';
import { FPCR } from '../state/cells.ts';
import { scalar } from './scalar.ts';

/** The control that A64's floating point runs under. */
export const fpcr = (ir: Builder): I32 => ir.cell32(FPCR);

/** Sn, or Dn by `t`. */
export const operand = (ir: Builder, t: number, n: number): Value<Int> => scalar(ir, 2 + t, n);

/** Those with a helper of their own. */
const named: Readonly<Record<number, readonly [HelperName, HelperName]>> = {
  [BINARY_ADD]: ['f32Add', 'f64Add'],
  [BINARY_SUB]: ['f32Sub', 'f64Sub'],
  [BINARY_MUL]: ['f32Mul', 'f64Mul'],
  [BINARY_DIV]: ['f32Div', 'f64Div'],
};

/** By BINARY_x: on two singles or two doubles. */
export function binary(ir: Builder, op: number, a: Value<Int>, b: Value<Int>): Value<Int> {
  const wide = a.type === 'i64' ? 1 : 0;
  const own = named[op];
  if (own) return ir.call(own[wide], a, b, fpcr(ir)) as Value<Int>;
  return ir.call(wide ? 'f64Binary' : 'f32Binary', ir.i32(op), a, b, fpcr(ir)) as Value<Int>;
}

/** By UNARY_x, with the `detail` it takes. */
export function unary(ir: Builder, op: number, a: Value<Int>, detail = 0): Value<Int> {
  const name = a.type === 'i64' ? 'f64Unary' : 'f32Unary';
  return ir.call(name, ir.i32(op), a, ir.i32(detail), fpcr(ir)) as Value<Int>;
}

/** addend + a × b, rounded once. */
export function mulAdd(ir: Builder, addend: Value<Int>, a: Value<Int>, b: Value<Int>): Value<Int> {
  return ir.call(a.type === 'i64' ? 'f64MulAdd' : 'f32MulAdd', addend, a, b, fpcr(ir)) as Value<Int>;
}

/** FPNeg and FPAbs, of NaNs too. */
export const negate = <T extends Int>(ir: Builder, a: Value<T>): Value<T> =>
  ir.xor(a, ir.int(a.type as T, a.type === 'i64' ? 1n << 63n : 1n << 31n));
export const absolute = <T extends Int>(ir: Builder, a: Value<T>): Value<T> =>
  ir.and(a, ir.int(a.type as T, (a.type === 'i64' ? 1n << 63n : 1n << 31n) - 1n));

/** The `detail` of a conversion. */
export const detail = (rounding: number, unsigned: boolean, int64 = false, fraction = 0): number =>
  rounding | (unsigned ? DETAIL_UNSIGNED : 0) | (int64 ? DETAIL_INT64 : 0) | (fraction << DETAIL_FRACTION_AT);

/** To a W (`s` 0, zero-extended) or X register's integer, with that many fraction bits. */
export function toInteger(
  ir: Builder,
  s: number,
  a: Value<Int>,
  rounding: number,
  unsigned: boolean,
  fraction = 0,
): I64 {
  const how = ir.i32(detail(rounding, unsigned, s === 1, fraction));
  return ir.call(a.type === 'i64' ? 'f64ToInt' : 'f32ToInt', a, how, fpcr(ir)) as I64;
}

/** From a W or X register's integer to a single or, by `t`, a double. */
export function fromInteger(ir: Builder, s: number, t: number, n: number, unsigned: boolean, fraction = 0): Value<Int> {
  const integer = s ? ir.x(n) : unsigned ? ir.extendU(ir.w(n)) : ir.extendS(ir.w(n));
  const how = ir.i32(detail(ROUND_FPCR, unsigned, false, fraction));
  return ir.call(t ? 'f64FromInt' : 'f32FromInt', integer, how, fpcr(ir)) as Value<Int>;
}
