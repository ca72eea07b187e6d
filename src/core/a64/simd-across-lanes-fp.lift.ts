import type { Lifters } from '../decode/lift.ts';
import * as codes from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I32 } from '../ir/types.ts';
import { fpcr } from './fp-operations.ts';
import type { simdAcrossLanesFp } from './simd-across-lanes-fp.table.ts';

const reduce =
  (op: number) =>
  (ir: Builder, f: { readonly n: number; readonly d: number }): Flow => {
    ir.setVs(f.d, ir.call('f32Reduce', ir.i32(op), ir.vAddress(f.n), fpcr(ir)) as I32);
    return 'next';
  };

export const simdAcrossLanesFpLift = {
  FMAXNMV: reduce(codes.BINARY_MAXNM),
  FMINNMV: reduce(codes.BINARY_MINNM),
  FMAXV: reduce(codes.BINARY_MAX),
  FMINV: reduce(codes.BINARY_MIN),
} satisfies Lifters<typeof simdAcrossLanesFp>;
