import type { Lifters } from '../decode/lift.ts';
import { BINARY_MUL, BINARY_MULX } from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { Int, Value } from '../ir/types.ts';
import { negate } from '../lifting/float.ts';
import { binary, mulAdd, operand } from './fp-operations.ts';
import { setScalar } from './scalar.ts';
import { indexed } from './simd-fp-operations.ts';
import type { simdScalarByElementFp } from './simd-scalar-by-element-fp.table.ts';

type Fields = {
  readonly z: number;
  readonly l: number;
  readonly m: number;
  readonly h: number;
  readonly n: number;
  readonly d: number;
};

const withElement =
  (op: (ir: Builder, f: Fields, n: Value<Int>, element: Value<Int>) => Value<Int>) =>
  (ir: Builder, f: Fields): Flow => {
    const at = indexed(f);
    if (at === null) return ir.undefined();
    const element = f.z ? ir.cell64(at) : ir.cell32(at);
    setScalar(ir, f.d, op(ir, f, operand(ir, f.z, f.n), element));
    return 'next';
  };

export const simdScalarByElementFpLift = {
  FMLA_es: withElement((ir, f, n, m) => mulAdd(ir, operand(ir, f.z, f.d), n, m)),
  FMLS_es: withElement((ir, f, n, m) => mulAdd(ir, operand(ir, f.z, f.d), negate(ir, n), m)),
  FMUL_es: withElement((ir, _, n, m) => binary(ir, BINARY_MUL, n, m)),
  FMULX_es: withElement((ir, _, n, m) => binary(ir, BINARY_MULX, n, m)),
} satisfies Lifters<typeof simdScalarByElementFp>;
