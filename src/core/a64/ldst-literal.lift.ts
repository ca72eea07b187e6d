import { signExtend } from '../../base/bits.ts';
import type { Lifters } from '../decode/lift.ts';
import type { Builder } from '../ir/builder.ts';
import type { I32, I64 } from '../ir/types.ts';
import { load, ordinary } from '../lifting/data-access.ts';
import type { ldstLiteral, ldstLiteralFp } from './ldst-literal.table.ts';
import { vectorInByteOrder } from './memory.ts';
import { setScalar } from './scalar.ts';

const literal = (ir: Builder, words: number): I64 => ir.pc(signExtend(words, 19) * 4);

export const ldstLiteralLift = {
  LDR_lit: (ir, f) => {
    ir.setReg(f.t, load(ir, 2 + f.z, literal(ir, f.i), ordinary(ir)));
    return 'next';
  },
  LDRSW_lit: (ir, f) => {
    ir.setX(f.t, ir.extendS(load(ir, 2, literal(ir, f.i), ordinary(ir)) as I32));
    return 'next';
  },
  PRFM_lit: () => 'next',
} satisfies Lifters<typeof ldstLiteral>;

export const ldstLiteralFpLift = {
  LDR_fp_lit: (ir, f) => {
    setScalar(ir, f.t, load(ir, 2 + f.z, literal(ir, f.i), ordinary(ir)));
    return 'next';
  },
  LDR_q_lit: (ir, f) => {
    ir.setVq(f.t, vectorInByteOrder(ir, ir.load128(literal(ir, f.i), ordinary(ir))));
    return 'next';
  },
} satisfies Lifters<typeof ldstLiteralFp>;
