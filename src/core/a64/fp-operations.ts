import { ROUND_FPCR } from '../helpers/float-codes.ts';
import type { Builder } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';
import * as float from '../lifting/float.ts';
import { FPCR } from '../state/cells.ts';
import { scalar } from './scalar.ts';

/** The control that A64's floating point runs under. */
export const fpcr = (ir: Builder): I32 => ir.cell32(FPCR);

/** Sn, or Dn by `t`. */
export const operand = (ir: Builder, t: number, n: number): Value<Int> => scalar(ir, 2 + t, n);

/** By BINARY_x. */
export const binary = (ir: Builder, op: number, a: Value<Int>, b: Value<Int>): Value<Int> =>
  float.binary(ir, op, a, b, fpcr(ir));

/** By UNARY_x, with the `detail` it takes. */
export const unary = (ir: Builder, op: number, a: Value<Int>, detail = 0): Value<Int> =>
  float.unary(ir, op, a, detail, fpcr(ir));

/** addend + a × b, rounded once. */
export const mulAdd = (ir: Builder, addend: Value<Int>, a: Value<Int>, b: Value<Int>): Value<Int> =>
  float.mulAdd(ir, addend, a, b, fpcr(ir));

/** To a W (`s` 0, zero-extended) or X register's integer, with that many fraction bits. */
export const toInteger = (
  ir: Builder,
  s: number,
  a: Value<Int>,
  rounding: number,
  unsigned: boolean,
  fraction = 0,
): I64 => float.toInteger(ir, a, float.detail(rounding, unsigned, s === 1, fraction), fpcr(ir));

/** From a W or X register's integer to a single or, by `t`, a double. */
export function fromInteger(ir: Builder, s: number, t: number, n: number, unsigned: boolean, fraction = 0): Value<Int> {
  const integer = s ? ir.x(n) : unsigned ? ir.extendU(ir.w(n)) : ir.extendS(ir.w(n));
  return float.fromInteger(ir, t === 1, integer, float.detail(ROUND_FPCR, unsigned, false, fraction), fpcr(ir));
}
