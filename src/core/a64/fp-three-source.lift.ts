import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { negate } from '../lifting/float.ts';
import { mulAdd, operand } from './fp-operations.ts';
import type { fpThreeSource } from './fp-three-source.table.ts';
import { setScalar } from './scalar.ts';

type Fields = { readonly t: number; readonly n: number; readonly m: number; readonly a: number; readonly d: number };

/** ±addend ± n × m: signs are changed before the operation, NaNs' too. */
const fused =
  (minusAddend: boolean, minusProduct: boolean) =>
  (ir: Builder, f: Fields): Flow => {
    const addend = operand(ir, f.t, f.a);
    const n = operand(ir, f.t, f.n);
    const a = minusAddend ? negate(ir, addend) : addend;
    setScalar(ir, f.d, mulAdd(ir, a, minusProduct ? negate(ir, n) : n, operand(ir, f.t, f.m)));
    return 'next';
  };

export const fpThreeSourceLift = {
  FMADD: fused(false, false),
  FMSUB: fused(false, true),
  FNMADD: fused(true, true),
  FNMSUB: fused(true, false),
} satisfies Lifters<typeof fpThreeSource>;
