import { dataProcessingLift } from '../aarch32/data-processing.lift.ts';
import { movt } from '../aarch32/data-processing.ts';
import { constant, expandA32 } from '../aarch32/expand-immediate.ts';
import { shiftedBy, shiftedByRegister } from '../aarch32/shift.ts';
import { suffixed } from '../aarch32/suffixed.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { dpImmediate } from './dp-immediate.table.ts';
import type { dpRegister } from './dp-register.table.ts';
import type { dpRegisterShifted } from './dp-register-shifted.table.ts';

type Immediate = { readonly i: number };
type Shifted = { readonly m: number; readonly y: number; readonly i: number };
type RegisterShifted = { readonly m: number; readonly y: number; readonly r: number };

const immediate = (ir: Builder32, f: Immediate) => constant(ir, expandA32(f.i));
const shifted = (ir: Builder32, f: Shifted) => shiftedBy(ir, ir.r(f.m), f.y, f.i);
const registerShifted = (ir: Builder32, f: RegisterShifted) => shiftedByRegister(ir, ir.r(f.m), f.y, ir.r(f.r));

export const dpRegisterLift = suffixed(dataProcessingLift(shifted), '_reg') satisfies Lifters32<typeof dpRegister>;

export const dpRegisterShiftedLift = suffixed(dataProcessingLift(registerShifted), '_rsr') satisfies Lifters32<
  typeof dpRegisterShifted
>;

export const dpImmediateLift = {
  ...suffixed(dataProcessingLift(immediate), '_imm'),
  MOVW: (ir, f) => {
    ir.setR(f.d, ir.i32(f.i));
    return 'next';
  },
  MOVT: (ir, f) => movt(ir, f.d, f.i),
} satisfies Lifters32<typeof dpImmediate>;
