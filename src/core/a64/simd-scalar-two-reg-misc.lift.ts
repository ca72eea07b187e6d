import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import { BHS, type Binary, isSize, scalarLanes, type Unary, zero } from '../simd/lanes.ts';
import * as saturate from '../simd/saturate.ts';
import { setScalar } from './simd-operands.ts';
import type { simdScalarTwoRegMisc } from './simd-scalar-two-reg-misc.table.ts';

type Registers = { readonly n: number; readonly d: number };
type Sized = Registers & { readonly z: number };

function lane(ir: Builder, size: number, op: Unary, f: Registers): Flow {
  setScalar(ir, size, f.d, op(ir, scalarLanes(size), ir.vq(f.n)));
  return 'next';
}
const anySize = (op: Unary) => (ir: Builder, f: Sized) => lane(ir, f.z, op, f);
const double = (op: Unary) => (ir: Builder, f: Registers) => lane(ir, 3, op, f);
/** The destination is an operand too. */
const into =
  (op: Binary) =>
  (ir: Builder, f: Sized): Flow => {
    setScalar(ir, f.z, f.d, op(ir, scalarLanes(f.z), ir.vq(f.n), ir.vq(f.d)));
    return 'next';
  };
const narrowing =
  (clamp: Unary) =>
  (ir: Builder, f: Sized): Flow => {
    if (!isSize(BHS, f.z)) return ir.undefined();
    setScalar(ir, f.z, f.d, clamp(ir, scalarLanes(f.z + 1), ir.vq(f.n)));
    return 'next';
  };

export const simdScalarTwoRegMiscLift = {
  SUQADD_s: into(saturate.saturatingAccumulateU),
  USQADD_s: into(saturate.saturatingAccumulateS),
  SQABS_s: anySize(saturate.saturatingAbs),
  SQNEG_s: anySize(saturate.saturatingNeg),
  CMGT_zero_s: double((ir, lanes, a) => arithmetic.greaterS(ir, lanes, a, zero(ir))),
  CMGE_zero_s: double((ir, lanes, a) => arithmetic.greaterEqualS(ir, lanes, a, zero(ir))),
  CMEQ_zero_s: double((ir, lanes, a) => arithmetic.equal(ir, lanes, a, zero(ir))),
  CMLE_zero_s: double((ir, lanes, a) => arithmetic.greaterEqualS(ir, lanes, zero(ir), a)),
  CMLT_zero_s: double((ir, lanes, a) => arithmetic.greaterS(ir, lanes, zero(ir), a)),
  ABS_s: double(arithmetic.abs),
  NEG_s: double(arithmetic.neg),
  SQXTN_s: narrowing(saturate.clampToNarrowS),
  UQXTN_s: narrowing(saturate.clampToNarrowU),
  SQXTUN_s: narrowing(saturate.clampToNarrowSU),
  ADDP_s: (ir, f) => {
    const n = ir.vq(f.n);
    ir.setVd(f.d, ir.add(ir.lane64(n, 0), ir.lane64(n, 1)));
    return 'next';
  },
} satisfies Lifters<typeof simdScalarTwoRegMisc>;
