import type { Lifters } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { negate } from '../lifting/float.ts';
import { binary, operand } from './fp-operations.ts';
import type { fpTwoSource } from './fp-two-source.table.ts';
import { setScalar } from './scalar.ts';

type Fields = { readonly t: number; readonly n: number; readonly m: number; readonly d: number };

const apply =
  (op: number) =>
  (ir: Builder, f: Fields): Flow => {
    setScalar(ir, f.d, binary(ir, op, operand(ir, f.t, f.n), operand(ir, f.t, f.m)));
    return 'next';
  };

export const fpTwoSourceLift = {
  FMUL: apply(codes.BINARY_MUL),
  FDIV: apply(codes.BINARY_DIV),
  FADD: apply(codes.BINARY_ADD),
  FSUB: apply(codes.BINARY_SUB),
  FMAX: apply(codes.BINARY_MAX),
  FMIN: apply(codes.BINARY_MIN),
  FMAXNM: apply(codes.BINARY_MAXNM),
  FMINNM: apply(codes.BINARY_MINNM),
  FNMUL: (ir, f) => {
    setScalar(ir, f.d, negate(ir, binary(ir, codes.BINARY_MUL, operand(ir, f.t, f.n), operand(ir, f.t, f.m))));
    return 'next';
  },
} satisfies Lifters<typeof fpTwoSource>;
