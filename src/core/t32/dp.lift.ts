import { dataProcessingLift } from '../aarch32/data-processing.lift.ts';
import { movt } from '../aarch32/data-processing.ts';
import { constant, expandT32 } from '../aarch32/expand-immediate.ts';
import { shiftedBy, shiftedByRegister } from '../aarch32/shift.ts';
import { suffixed } from '../aarch32/suffixed.ts';
import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import type { dpImmediate, dpPlainImmediate } from './dp-immediate.table.ts';
import type { dpRegisterShifted, dpShifted } from './dp-register.table.ts';

type Immediate = { readonly i: number };
type Shifted = { readonly m: number; readonly y: number; readonly i: number };
type RegisterShifted = { readonly m: number; readonly y: number; readonly r: number };

const immediate = (ir: Builder32, f: Immediate) => constant(ir, expandT32(f.i));
const shifted = (ir: Builder32, f: Shifted) => shiftedBy(ir, ir.r(f.m), f.y, f.i);
const registerShifted = (ir: Builder32, f: RegisterShifted) => shiftedByRegister(ir, ir.r(f.m), f.y, ir.r(f.r));

export const dpImmediateLift = suffixed(dataProcessingLift(immediate), '_imm') satisfies Lifters32<typeof dpImmediate>;
export const dpShiftedLift = suffixed(dataProcessingLift(shifted), '_reg') satisfies Lifters32<typeof dpShifted>;
export const dpRegisterShiftedLift = suffixed(dataProcessingLift(registerShifted), '_rsr') satisfies Lifters32<
  typeof dpRegisterShifted
>;

function set(ir: Builder32, d: number, value: I32): Flow {
  ir.setR(d, value);
  return 'next';
}
const imm16 = (f: { readonly h: number; readonly i: number }): number => (f.h << 12) | f.i;

export const dpPlainImmediateLift = {
  ADDW: (ir, f) => set(ir, f.d, ir.add(ir.r(f.n), ir.i32(f.i))),
  ADR_after: (ir, f) => set(ir, f.d, ir.pcAligned(f.i)),
  SUBW: (ir, f) => set(ir, f.d, ir.sub(ir.r(f.n), ir.i32(f.i))),
  ADR_before: (ir, f) => set(ir, f.d, ir.pcAligned(-f.i)),
  MOVW: (ir, f) => set(ir, f.d, ir.i32(imm16(f))),
  MOVT: (ir, f) => movt(ir, f.d, imm16(f)),
} satisfies Lifters32<typeof dpPlainImmediate>;
