import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I32 } from '../ir/types.ts';
import { load, ordinary, store, unprivileged } from '../lifting/data-access.ts';
import type { ldstRegister } from './ldst-register.table.ts';
import { indexed, type Place, postIndexed, preIndexed, scaled, stored, unscaled, writeBack } from './memory.ts';

function storeTo(ir: Builder, t: number, log2: number, place: Place, flags = ordinary): Flow {
  store(ir, log2, place.address, stored(ir, log2, t), flags(ir));
  return writeBack(ir, place);
}

function loadFrom(ir: Builder, t: number, log2: number, place: Place, flags = ordinary): Flow {
  ir.setReg(t, load(ir, log2, place.address, flags(ir)));
  return writeBack(ir, place);
}

/** Sign-extended to 32 bits (`w`) or to 64. */
function loadSigned(ir: Builder, t: number, log2: 0 | 1 | 2, w: number, place: Place, flags = ordinary): Flow {
  const loaded = load(ir, log2, place.address, flags(ir)) as I32;
  const word = ir.signExtend(loaded, (8 << log2) as 8 | 16 | 32);
  ir.setReg(t, w ? word : ir.extendS(word));
  return writeBack(ir, place);
}

/** A hint; it neither faults nor checks the alignment of SP. */
const prefetch = (): Flow => 'next';

export const ldstRegisterLift = {
  STRB_imm: (ir, f) => storeTo(ir, f.t, 0, scaled(ir, f, 0)),
  LDRB_imm: (ir, f) => loadFrom(ir, f.t, 0, scaled(ir, f, 0)),
  LDRSB_imm: (ir, f) => loadSigned(ir, f.t, 0, f.w, scaled(ir, f, 0)),
  STRH_imm: (ir, f) => storeTo(ir, f.t, 1, scaled(ir, f, 1)),
  LDRH_imm: (ir, f) => loadFrom(ir, f.t, 1, scaled(ir, f, 1)),
  LDRSH_imm: (ir, f) => loadSigned(ir, f.t, 1, f.w, scaled(ir, f, 1)),
  STR_imm: (ir, f) => storeTo(ir, f.t, 2 + f.z, scaled(ir, f, 2 + f.z)),
  LDR_imm: (ir, f) => loadFrom(ir, f.t, 2 + f.z, scaled(ir, f, 2 + f.z)),
  LDRSW_imm: (ir, f) => loadSigned(ir, f.t, 2, 0, scaled(ir, f, 2)),
  PRFM_imm: prefetch,

  STURB: (ir, f) => storeTo(ir, f.t, 0, unscaled(ir, f)),
  LDURB: (ir, f) => loadFrom(ir, f.t, 0, unscaled(ir, f)),
  LDURSB: (ir, f) => loadSigned(ir, f.t, 0, f.w, unscaled(ir, f)),
  STURH: (ir, f) => storeTo(ir, f.t, 1, unscaled(ir, f)),
  LDURH: (ir, f) => loadFrom(ir, f.t, 1, unscaled(ir, f)),
  LDURSH: (ir, f) => loadSigned(ir, f.t, 1, f.w, unscaled(ir, f)),
  STUR: (ir, f) => storeTo(ir, f.t, 2 + f.z, unscaled(ir, f)),
  LDUR: (ir, f) => loadFrom(ir, f.t, 2 + f.z, unscaled(ir, f)),
  LDURSW: (ir, f) => loadSigned(ir, f.t, 2, 0, unscaled(ir, f)),
  PRFUM: prefetch,

  STRB_post: (ir, f) => storeTo(ir, f.t, 0, postIndexed(ir, f)),
  LDRB_post: (ir, f) => loadFrom(ir, f.t, 0, postIndexed(ir, f)),
  LDRSB_post: (ir, f) => loadSigned(ir, f.t, 0, f.w, postIndexed(ir, f)),
  STRH_post: (ir, f) => storeTo(ir, f.t, 1, postIndexed(ir, f)),
  LDRH_post: (ir, f) => loadFrom(ir, f.t, 1, postIndexed(ir, f)),
  LDRSH_post: (ir, f) => loadSigned(ir, f.t, 1, f.w, postIndexed(ir, f)),
  STR_post: (ir, f) => storeTo(ir, f.t, 2 + f.z, postIndexed(ir, f)),
  LDR_post: (ir, f) => loadFrom(ir, f.t, 2 + f.z, postIndexed(ir, f)),
  LDRSW_post: (ir, f) => loadSigned(ir, f.t, 2, 0, postIndexed(ir, f)),

  STTRB: (ir, f) => storeTo(ir, f.t, 0, unscaled(ir, f), unprivileged),
  LDTRB: (ir, f) => loadFrom(ir, f.t, 0, unscaled(ir, f), unprivileged),
  LDTRSB: (ir, f) => loadSigned(ir, f.t, 0, f.w, unscaled(ir, f), unprivileged),
  STTRH: (ir, f) => storeTo(ir, f.t, 1, unscaled(ir, f), unprivileged),
  LDTRH: (ir, f) => loadFrom(ir, f.t, 1, unscaled(ir, f), unprivileged),
  LDTRSH: (ir, f) => loadSigned(ir, f.t, 1, f.w, unscaled(ir, f), unprivileged),
  STTR: (ir, f) => storeTo(ir, f.t, 2 + f.z, unscaled(ir, f), unprivileged),
  LDTR: (ir, f) => loadFrom(ir, f.t, 2 + f.z, unscaled(ir, f), unprivileged),
  LDTRSW: (ir, f) => loadSigned(ir, f.t, 2, 0, unscaled(ir, f), unprivileged),

  STRB_pre: (ir, f) => storeTo(ir, f.t, 0, preIndexed(ir, f)),
  LDRB_pre: (ir, f) => loadFrom(ir, f.t, 0, preIndexed(ir, f)),
  LDRSB_pre: (ir, f) => loadSigned(ir, f.t, 0, f.w, preIndexed(ir, f)),
  STRH_pre: (ir, f) => storeTo(ir, f.t, 1, preIndexed(ir, f)),
  LDRH_pre: (ir, f) => loadFrom(ir, f.t, 1, preIndexed(ir, f)),
  LDRSH_pre: (ir, f) => loadSigned(ir, f.t, 1, f.w, preIndexed(ir, f)),
  STR_pre: (ir, f) => storeTo(ir, f.t, 2 + f.z, preIndexed(ir, f)),
  LDR_pre: (ir, f) => loadFrom(ir, f.t, 2 + f.z, preIndexed(ir, f)),
  LDRSW_pre: (ir, f) => loadSigned(ir, f.t, 2, 0, preIndexed(ir, f)),

  STRB_reg: (ir, f) => storeTo(ir, f.t, 0, indexed(ir, f, 0)),
  LDRB_reg: (ir, f) => loadFrom(ir, f.t, 0, indexed(ir, f, 0)),
  LDRSB_reg: (ir, f) => loadSigned(ir, f.t, 0, f.w, indexed(ir, f, 0)),
  STRH_reg: (ir, f) => storeTo(ir, f.t, 1, indexed(ir, f, 1)),
  LDRH_reg: (ir, f) => loadFrom(ir, f.t, 1, indexed(ir, f, 1)),
  LDRSH_reg: (ir, f) => loadSigned(ir, f.t, 1, f.w, indexed(ir, f, 1)),
  STR_reg: (ir, f) => storeTo(ir, f.t, 2 + f.z, indexed(ir, f, 2 + f.z)),
  LDR_reg: (ir, f) => loadFrom(ir, f.t, 2 + f.z, indexed(ir, f, 2 + f.z)),
  LDRSW_reg: (ir, f) => loadSigned(ir, f.t, 2, 0, indexed(ir, f, 2)),
  PRFM_reg: prefetch,
} satisfies Lifters<typeof ldstRegister>;
