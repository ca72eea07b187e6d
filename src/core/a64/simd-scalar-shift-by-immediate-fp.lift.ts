import type { Lifters } from '../decode/lift.ts';
import { ROUND_FPCR, ROUND_ZERO, UNARY_FROM_INT, UNARY_TO_INT } from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { detail } from '../lifting/float.ts';
import { operand, unary } from './fp-operations.ts';
import { setScalar } from './scalar.ts';
import type { simdScalarShiftByImmediateFp } from './simd-scalar-shift-by-immediate-fp.table.ts';

const convert =
  (z: number, op: number, unsigned: boolean) =>
  (ir: Builder, f: { readonly b: number; readonly n: number; readonly d: number }): Flow => {
    const rounding = op === UNARY_TO_INT ? ROUND_ZERO : ROUND_FPCR;
    const how = detail(rounding, unsigned, false, (32 << z) - f.b);
    setScalar(ir, f.d, unary(ir, op, operand(ir, z, f.n), how));
    return 'next';
  };

export const simdScalarShiftByImmediateFpLift = {
  SCVTF_fixed_s32: convert(0, UNARY_FROM_INT, false),
  UCVTF_fixed_s32: convert(0, UNARY_FROM_INT, true),
  FCVTZS_fixed_s32: convert(0, UNARY_TO_INT, false),
  FCVTZU_fixed_s32: convert(0, UNARY_TO_INT, true),
  SCVTF_fixed_s64: convert(1, UNARY_FROM_INT, false),
  UCVTF_fixed_s64: convert(1, UNARY_FROM_INT, true),
  FCVTZS_fixed_s64: convert(1, UNARY_TO_INT, false),
  FCVTZU_fixed_s64: convert(1, UNARY_TO_INT, true),
} satisfies Lifters<typeof simdScalarShiftByImmediateFp>;
