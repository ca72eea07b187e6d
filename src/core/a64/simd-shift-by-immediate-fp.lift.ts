import type { Lifters } from '../decode/lift.ts';
import { ROUND_FPCR, ROUND_ZERO, UNARY_FROM_INT, UNARY_TO_INT } from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { detail } from '../lifting/float.ts';
import { vectorUnary } from './simd-fp-operations.ts';
import type { simdShiftByImmediateFp } from './simd-shift-by-immediate-fp.table.ts';

type Fields = { readonly b: number; readonly n: number; readonly d: number };

function convert(
  ir: Builder,
  op: number,
  unsigned: boolean,
  f: Fields & { readonly q: number; readonly z: number },
): Flow {
  const rounding = op === UNARY_TO_INT ? ROUND_ZERO : ROUND_FPCR;
  return vectorUnary(ir, op, detail(rounding, unsigned, false, (32 << f.z) - f.b), f);
}
const singles =
  (op: number, unsigned: boolean) =>
  (ir: Builder, f: Fields & { readonly q: number }): Flow =>
    convert(ir, op, unsigned, { ...f, z: 0 });
const doubles =
  (op: number, unsigned: boolean) =>
  (ir: Builder, f: Fields): Flow =>
    convert(ir, op, unsigned, { ...f, q: 1, z: 1 });

export const simdShiftByImmediateFpLift = {
  SCVTF_fixed_v32: singles(UNARY_FROM_INT, false),
  UCVTF_fixed_v32: singles(UNARY_FROM_INT, true),
  FCVTZS_fixed_v32: singles(UNARY_TO_INT, false),
  FCVTZU_fixed_v32: singles(UNARY_TO_INT, true),
  SCVTF_fixed_v64: doubles(UNARY_FROM_INT, false),
  UCVTF_fixed_v64: doubles(UNARY_FROM_INT, true),
  FCVTZS_fixed_v64: doubles(UNARY_TO_INT, false),
  FCVTZU_fixed_v64: doubles(UNARY_TO_INT, true),
} satisfies Lifters<typeof simdShiftByImmediateFp>;
