import type { Lifters } from '../decode/lift.ts';
import { BINARY_MUL, BINARY_MULX } from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { simdByElementFp } from './simd-by-element-fp.table.ts';
import { type Arranged, indexed, isReserved, type Lanes, vectorBinary, vectorMulAdd } from './simd-fp-operations.ts';

type Fields = Arranged & { readonly l: number; readonly m: number; readonly h: number };

const withElement =
  (op: (ir: Builder, f: Fields, m: Lanes) => Flow) =>
  (ir: Builder, f: Fields): Flow => {
    const element = indexed(f);
    if (isReserved(f) || element === null) return ir.undefined();
    return op(ir, f, { address: ir.i32(element), stride: 0 });
  };

export const simdByElementFpLift = {
  FMLA_e: withElement((ir, f, m) => vectorMulAdd(ir, false, f, m)),
  FMLS_e: withElement((ir, f, m) => vectorMulAdd(ir, true, f, m)),
  FMUL_e: withElement((ir, f, m) => vectorBinary(ir, BINARY_MUL, f, m)),
  FMULX_e: withElement((ir, f, m) => vectorBinary(ir, BINARY_MULX, f, m)),
} satisfies Lifters<typeof simdByElementFp>;
