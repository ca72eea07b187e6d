import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { load, ordinary, store } from '../lifting/data-access.ts';
import type { ldstRegisterFp } from './ldst-register-fp.table.ts';
import {
  indexed,
  type Place,
  postIndexed,
  preIndexed,
  scaled,
  unscaled,
  vectorInByteOrder,
  writeBack,
} from './memory.ts';
import { scalar, setScalar } from './scalar.ts';

function storeScalar(ir: Builder, t: number, log2: number, place: Place): Flow {
  store(ir, log2, place.address, scalar(ir, log2, t), ordinary(ir));
  return writeBack(ir, place);
}

function loadScalar(ir: Builder, t: number, log2: number, place: Place): Flow {
  setScalar(ir, t, load(ir, log2, place.address, ordinary(ir)));
  return writeBack(ir, place);
}

function storeQuad(ir: Builder, t: number, place: Place): Flow {
  ir.store128(place.address, vectorInByteOrder(ir, ir.vq(t)), ordinary(ir));
  return writeBack(ir, place);
}

function loadQuad(ir: Builder, t: number, place: Place): Flow {
  ir.setVq(t, vectorInByteOrder(ir, ir.load128(place.address, ordinary(ir))));
  return writeBack(ir, place);
}

export const ldstRegisterFpLift = {
  STR_fp_imm: (ir, f) => storeScalar(ir, f.t, f.s, scaled(ir, f, f.s)),
  LDR_fp_imm: (ir, f) => loadScalar(ir, f.t, f.s, scaled(ir, f, f.s)),
  STR_q_imm: (ir, f) => storeQuad(ir, f.t, scaled(ir, f, 4)),
  LDR_q_imm: (ir, f) => loadQuad(ir, f.t, scaled(ir, f, 4)),

  STUR_fp: (ir, f) => storeScalar(ir, f.t, f.s, unscaled(ir, f)),
  LDUR_fp: (ir, f) => loadScalar(ir, f.t, f.s, unscaled(ir, f)),
  STUR_q: (ir, f) => storeQuad(ir, f.t, unscaled(ir, f)),
  LDUR_q: (ir, f) => loadQuad(ir, f.t, unscaled(ir, f)),

  STR_fp_post: (ir, f) => storeScalar(ir, f.t, f.s, postIndexed(ir, f)),
  LDR_fp_post: (ir, f) => loadScalar(ir, f.t, f.s, postIndexed(ir, f)),
  STR_q_post: (ir, f) => storeQuad(ir, f.t, postIndexed(ir, f)),
  LDR_q_post: (ir, f) => loadQuad(ir, f.t, postIndexed(ir, f)),

  STR_fp_pre: (ir, f) => storeScalar(ir, f.t, f.s, preIndexed(ir, f)),
  LDR_fp_pre: (ir, f) => loadScalar(ir, f.t, f.s, preIndexed(ir, f)),
  STR_q_pre: (ir, f) => storeQuad(ir, f.t, preIndexed(ir, f)),
  LDR_q_pre: (ir, f) => loadQuad(ir, f.t, preIndexed(ir, f)),

  STR_fp_reg: (ir, f) => storeScalar(ir, f.t, f.s, indexed(ir, f, f.s)),
  LDR_fp_reg: (ir, f) => loadScalar(ir, f.t, f.s, indexed(ir, f, f.s)),
  STR_q_reg: (ir, f) => storeQuad(ir, f.t, indexed(ir, f, 4)),
  LDR_q_reg: (ir, f) => loadQuad(ir, f.t, indexed(ir, f, 4)),
} satisfies Lifters<typeof ldstRegisterFp>;
