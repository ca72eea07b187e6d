import type { Lifters } from '../decode/lift.ts';
import { ROUND_ZERO } from '../helpers/float-codes.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { fpFixedPoint } from './fp-fixed-point.table.ts';
import { fromInteger, operand, toInteger } from './fp-operations.ts';
import { setScalar } from './scalar.ts';

type Fields = { readonly s: number; readonly t: number; readonly c: number; readonly n: number; readonly d: number };

/** A W register has no more than 32 fraction bits. */
const isReserved = (f: Fields): boolean => !f.s && f.c < 32;

const from =
  (unsigned: boolean) =>
  (ir: Builder, f: Fields): Flow => {
    if (isReserved(f)) return ir.undefined();
    setScalar(ir, f.d, fromInteger(ir, f.s, f.t, f.n, unsigned, 64 - f.c));
    return 'next';
  };
const to =
  (unsigned: boolean) =>
  (ir: Builder, f: Fields): Flow => {
    if (isReserved(f)) return ir.undefined();
    ir.setX(f.d, toInteger(ir, f.s, operand(ir, f.t, f.n), ROUND_ZERO, unsigned, 64 - f.c));
    return 'next';
  };

export const fpFixedPointLift = {
  SCVTF_fixed: from(false),
  UCVTF_fixed: from(true),
  FCVTZS_fixed: to(false),
  FCVTZU_fixed: to(true),
} satisfies Lifters<typeof fpFixedPoint>;
