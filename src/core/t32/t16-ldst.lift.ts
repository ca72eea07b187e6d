import { transferLift } from '../aarch32/ldst.lift.ts';
import { loadRegister, offsetPlace, type Place, registerPlace, storeRegister, word } from '../aarch32/ldst.ts';
import { loadMultiple, storeMultiple } from '../aarch32/ldst-multiple.ts';
import { suffixed } from '../aarch32/suffixed.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { t16Ldst, t16Multiple } from './t16-ldst.table.ts';

const SP = 13;
const LR = 1 << 14;
const PC = 1 << 15;

type Register = { readonly n: number; readonly m: number };
type Immediate = { readonly n: number; readonly i: number };

const register = (ir: Builder32, f: Register): Place => registerPlace(ir, { n: f.n, p: 1, u: 1, w: 0 }, ir.r(f.m));
/** The offset counts units of the access. */
const scaled =
  (bytes: number) =>
  (ir: Builder32, f: Immediate): Place =>
    offsetPlace(ir, f.n, bytes * f.i);

const words = transferLift(scaled(4));
const halves = transferLift(scaled(2));
const bytes = transferLift(scaled(1));

export const t16LdstLift = {
  ...suffixed(transferLift(register), '_reg'),
  STR_imm: words.STR,
  LDR_imm: words.LDR,
  STRB_imm: bytes.STRB,
  LDRB_imm: bytes.LDRB,
  STRH_imm: halves.STRH,
  LDRH_imm: halves.LDRH,
  STR_sp: (ir, f) => storeRegister(ir, f.t, offsetPlace(ir, SP, 4 * f.i), word),
  LDR_sp: (ir, f) => loadRegister(ir, f.t, offsetPlace(ir, SP, 4 * f.i), word),
  LDR_lit: (ir, f) => loadRegister(ir, f.t, offsetPlace(ir, 15, 4 * f.i), word),
} satisfies Lifters32<typeof t16Ldst>;

/** Upwards from the base; LDM writes it back unless it is loaded. */
const upwards = { p: 0, u: 1 } as const;
const downwards = { p: 1, u: 0 } as const;

export const t16MultipleLift = {
  STM: (ir, f) => storeMultiple(ir, { ...f, ...upwards, w: 1 }),
  LDM: (ir, f) => loadMultiple(ir, { ...f, ...upwards, w: (f.l >>> f.n) & 1 ? 0 : 1 }),
  PUSH: (ir, f) => storeMultiple(ir, { n: SP, ...downwards, w: 1, l: f.l | (f.h ? LR : 0) }),
  POP: (ir, f) => loadMultiple(ir, { n: SP, ...upwards, w: 1, l: f.l | (f.h ? PC : 0) }),
} satisfies Lifters32<typeof t16Multiple>;
