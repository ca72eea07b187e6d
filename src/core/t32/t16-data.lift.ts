import * as op from '../aarch32/data-processing.ts';
import { multiplyLift } from '../aarch32/multiply.lift.ts';
import { packingLift } from '../aarch32/packing.lift.ts';
import { type Operand, Shift, shiftedBy, shiftedByRegister } from '../aarch32/shift.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { t16Address, t16Immediate, t16Packing, t16Register, t16Special } from './t16-data.table.ts';

const SP = 13;

/** To a low register; the flags are set outside IT blocks. */
const to = (ir: Builder32, f: { readonly d: number }): op.Destination => ({ d: f.d, s: ir.inIt ? 0 : 1 });
const register = (ir: Builder32, n: number): Operand => ({ value: ir.r(n) });
const constant = (ir: Builder32, value: number): Operand => ({ value: ir.i32(value) });

type Shifted = { readonly d: number; readonly m: number; readonly i: number };
const shifted = (ir: Builder32, f: Shifted, type: number): Flow =>
  op.mov(ir, to(ir, f), shiftedBy(ir, ir.r(f.m), type, f.i));

export const t16ImmediateLift = {
  LSL_imm: (ir, f) => shifted(ir, f, Shift.lsl),
  LSR_imm: (ir, f) => shifted(ir, f, Shift.lsr),
  ASR_imm: (ir, f) => shifted(ir, f, Shift.asr),
  ADD_reg: (ir, f) => op.add(ir, to(ir, f), ir.r(f.n), register(ir, f.m)),
  SUB_reg: (ir, f) => op.sub(ir, to(ir, f), ir.r(f.n), register(ir, f.m)),
  ADD_imm3: (ir, f) => op.add(ir, to(ir, f), ir.r(f.n), constant(ir, f.i)),
  SUB_imm3: (ir, f) => op.sub(ir, to(ir, f), ir.r(f.n), constant(ir, f.i)),
  MOV_imm8: (ir, f) => op.mov(ir, to(ir, f), constant(ir, f.i)),
  CMP_imm8: (ir, f) => op.cmp(ir, ir.r(f.d), constant(ir, f.i)),
  ADD_imm8: (ir, f) => op.add(ir, to(ir, f), ir.r(f.d), constant(ir, f.i)),
  SUB_imm8: (ir, f) => op.sub(ir, to(ir, f), ir.r(f.d), constant(ir, f.i)),
} satisfies Lifters32<typeof t16Immediate>;

type Sources = { readonly d: number; readonly m: number };
const binary =
  (operation: op.Operation) =>
  (ir: Builder32, f: Sources): Flow =>
    operation(ir, to(ir, f), ir.r(f.d), register(ir, f.m));
const comparison =
  (compare: op.Comparison) =>
  (ir: Builder32, f: Sources): Flow =>
    compare(ir, ir.r(f.d), register(ir, f.m));
const shiftedByRm =
  (type: number) =>
  (ir: Builder32, f: Sources): Flow =>
    op.mov(ir, to(ir, f), shiftedByRegister(ir, ir.r(f.d), type, ir.r(f.m)));

export const t16RegisterLift = {
  AND: binary(op.and),
  EOR: binary(op.eor),
  LSL: shiftedByRm(Shift.lsl),
  LSR: shiftedByRm(Shift.lsr),
  ASR: shiftedByRm(Shift.asr),
  ADC: binary(op.adc),
  SBC: binary(op.sbc),
  ROR: shiftedByRm(Shift.ror),
  TST: comparison(op.tst),
  RSB: (ir, f) => op.rsb(ir, to(ir, f), ir.r(f.m), constant(ir, 0)),
  CMP: comparison(op.cmp),
  CMN: comparison(op.cmn),
  ORR: binary(op.orr),
  MUL: (ir, f) => multiplyLift.MUL(ir, { ...to(ir, f), n: f.m, m: f.d }),
  BIC: binary(op.bic),
  MVN: (ir, f) => op.mvn(ir, to(ir, f), register(ir, f.m)),
} satisfies Lifters32<typeof t16Register>;

export const t16SpecialLift = {
  ADD_hi: (ir, f) => op.add(ir, { d: f.d, s: 0 }, ir.r(f.d), register(ir, f.m)),
  CMP_hi: (ir, f) => op.cmp(ir, ir.r(f.d), register(ir, f.m)),
  MOV_hi: (ir, f) => op.mov(ir, { d: f.d, s: 0 }, register(ir, f.m)),
} satisfies Lifters32<typeof t16Special>;

function moveBySp(ir: Builder32, d: number, offset: number): Flow {
  ir.setR(d, ir.add(ir.r(SP), ir.i32(offset)));
  return 'next';
}

export const t16AddressLift = {
  ADR: (ir, f) => {
    ir.setR(f.d, ir.pcAligned(4 * f.i));
    return 'next';
  },
  ADD_SP_imm8: (ir, f) => moveBySp(ir, f.d, 4 * f.i),
  ADD_SP_imm7: (ir, f) => moveBySp(ir, SP, 4 * f.i),
  SUB_SP_imm7: (ir, f) => moveBySp(ir, SP, -4 * f.i),
} satisfies Lifters32<typeof t16Address>;

export const t16PackingLift = {
  ...packingLift,
  SXTH: (ir, f) => packingLift.SXTH(ir, { ...f, r: 0 }),
  SXTB: (ir, f) => packingLift.SXTB(ir, { ...f, r: 0 }),
  UXTH: (ir, f) => packingLift.UXTH(ir, { ...f, r: 0 }),
  UXTB: (ir, f) => packingLift.UXTB(ir, { ...f, r: 0 }),
} satisfies Lifters32<typeof t16Packing>;
