import type { Lifters } from '../decode/lift.ts';
import type { HelperName } from '../helpers/signatures.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import * as arithmetic from '../simd/arithmetic.ts';
import { type Binary, HS, isSize, scalarLanes } from '../simd/lanes.ts';
import * as saturate from '../simd/saturate.ts';
import { saturatingDoublingMultiplyHigh } from '../simd/widen.ts';
import { clearAbove, setScalar } from './simd-operands.ts';
import type { simdScalarThreeSame } from './simd-scalar-three-same.table.ts';

type Registers = { readonly m: number; readonly n: number; readonly d: number };
type Sized = Registers & { readonly z: number };

function lane(ir: Builder, size: number, op: Binary, f: Registers): Flow {
  setScalar(ir, size, f.d, op(ir, scalarLanes(size), ir.vq(f.n), ir.vq(f.m)));
  return 'next';
}
const anySize = (op: Binary) => (ir: Builder, f: Sized) => lane(ir, f.z, op, f);
const halfOrSingle = (op: Binary) => (ir: Builder, f: Sized) =>
  isSize(HS, f.z) ? lane(ir, f.z, op, f) : ir.undefined();
const double = (op: Binary) => (ir: Builder, f: Registers) => lane(ir, 3, op, f);

function shift(ir: Builder, size: number, helper: HelperName, f: Registers): Flow {
  const bytes = 1 << size;
  ir.call(helper, ir.vAddress(f.d), ir.vAddress(f.n), ir.vAddress(f.m), ir.i32(size), ir.i32(bytes));
  clearAbove(ir, bytes, f.d);
  return 'next';
}
const shiftAnySize = (helper: HelperName) => (ir: Builder, f: Sized) => shift(ir, f.z, helper, f);
const shiftDouble = (helper: HelperName) => (ir: Builder, f: Registers) => shift(ir, 3, helper, f);

export const simdScalarThreeSameLift = {
  SQADD_s: anySize(saturate.saturatingAddS),
  UQADD_s: anySize(saturate.saturatingAddU),
  SQSUB_s: anySize(saturate.saturatingSubS),
  UQSUB_s: anySize(saturate.saturatingSubU),
  CMGT_s: double(arithmetic.greaterS),
  CMGE_s: double(arithmetic.greaterEqualS),
  CMHI_s: double(arithmetic.greaterU),
  CMHS_s: double(arithmetic.greaterEqualU),
  CMEQ_s: double(arithmetic.equal),
  CMTST_s: double(arithmetic.testBits),
  SSHL_s: shiftDouble('sshl'),
  USHL_s: shiftDouble('ushl'),
  SRSHL_s: shiftDouble('srshl'),
  URSHL_s: shiftDouble('urshl'),
  SQSHL_s: shiftAnySize('sqshl'),
  UQSHL_s: shiftAnySize('uqshl'),
  SQRSHL_s: shiftAnySize('sqrshl'),
  UQRSHL_s: shiftAnySize('uqrshl'),
  ADD_s: double(arithmetic.add),
  SUB_s: double(arithmetic.sub),
  SQDMULH_s: halfOrSingle(saturatingDoublingMultiplyHigh(false)),
  SQRDMULH_s: halfOrSingle(saturatingDoublingMultiplyHigh(true)),
} satisfies Lifters<typeof simdScalarThreeSame>;
