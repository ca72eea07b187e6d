import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { Op } from '../ir/ops.ts';
import type { I32 } from '../ir/types.ts';
import { addWithCarry, addWithCarrySetting } from '../lifting/carry.ts';
import type { Operand } from './shift.ts';

/** Where a result goes, and whether it sets the flags. */
export interface Destination {
  readonly d: number;
  readonly s: number;
}

/** To Rd. R15 is a jump; and where the flags are to be set, a return from an exception. Arm ARM DDI 0406C, A8.3.2 and B9.3.20. */
export function write(ir: Builder32, d: number, value: I32): Flow {
  if (d === 15) return ir.aluWritePc(value);
  ir.setR(d, value);
  return 'next';
}

/** UNDEFINED in Hyp mode; in User mode, which has no SPSR, it is UNPREDICTABLE and taken as UNDEFINED too. */
export const returnFromException = (ir: Builder32, target: I32): Flow =>
  ir.config.el === 1 ? ir.exceptionReturn(target) : ir.undefined();

function logical(ir: Builder32, { d, s }: Destination, value: I32, { carry }: Operand): Flow {
  if (!s) return write(ir, d, value);
  if (d === 15) return returnFromException(ir, value);
  ir.setFlagsLogic32(value, carry?.());
  return write(ir, d, value);
}

function sum(ir: Builder32, { d, s }: Destination, a: I32, b: I32): Flow {
  const value = ir.add(a, b);
  if (s && d === 15) return returnFromException(ir, value);
  if (s) ir.setFlagsAdd(a, b);
  return write(ir, d, value);
}

function difference(ir: Builder32, { d, s }: Destination, a: I32, b: I32): Flow {
  const value = ir.sub(a, b);
  if (s && d === 15) return returnFromException(ir, value);
  if (s) ir.setFlagsSub(a, b);
  return write(ir, d, value);
}

function sumWithCarry(ir: Builder32, { d, s }: Destination, a: I32, b: I32): Flow {
  if (s && d === 15) return returnFromException(ir, addWithCarry(ir, a, b));
  return write(ir, d, s ? addWithCarrySetting(ir, a, b) : addWithCarry(ir, a, b));
}

/** The operations of data processing on Rn's value and the second operand. Arm ARM DDI 0406C, A5.2.1 to A5.2.3, A6.3.1, A6.3.11. */
export type Operation = (ir: Builder32, to: Destination, a: I32, b: Operand) => Flow;
export const and: Operation = (ir, to, a, b) => logical(ir, to, ir.and(a, b.value), b);
export const bic: Operation = (ir, to, a, b) => logical(ir, to, ir.and(a, ir.not(b.value)), b);
export const orr: Operation = (ir, to, a, b) => logical(ir, to, ir.or(a, b.value), b);
export const orn: Operation = (ir, to, a, b) => logical(ir, to, ir.or(a, ir.not(b.value)), b);
export const eor: Operation = (ir, to, a, b) => logical(ir, to, ir.xor(a, b.value), b);
export const add: Operation = (ir, to, a, b) => sum(ir, to, a, b.value);
export const sub: Operation = (ir, to, a, b) => difference(ir, to, a, b.value);
export const rsb: Operation = (ir, to, a, b) => difference(ir, to, b.value, a);
export const adc: Operation = (ir, to, a, b) => sumWithCarry(ir, to, a, b.value);
export const sbc: Operation = (ir, to, a, b) => sumWithCarry(ir, to, a, ir.not(b.value));
export const rsc: Operation = (ir, to, a, b) => sumWithCarry(ir, to, b.value, ir.not(a));

export type Move = (ir: Builder32, to: Destination, b: Operand) => Flow;
export const mov: Move = (ir, to, b) => logical(ir, to, b.value, b);
export const mvn: Move = (ir, to, b) => logical(ir, to, ir.not(b.value), b);

/** Comparisons: the flags alone. */
export type Comparison = (ir: Builder32, a: I32, b: Operand) => Flow;
export const tst: Comparison = (ir, a, b) => {
  ir.setFlagsLogic32(ir.and(a, b.value), b.carry?.());
  return 'next';
};
export const teq: Comparison = (ir, a, b) => {
  ir.setFlagsLogic32(ir.xor(a, b.value), b.carry?.());
  return 'next';
};
export const cmp: Comparison = (ir, a, b) => {
  ir.setFlagsSub(a, b.value);
  return 'next';
};
export const cmn: Comparison = (ir, a, b) => {
  ir.setFlagsAdd(a, b.value);
  return 'next';
};

/** MOVT: mostly behind the MOVW that made the lower half. */
export function movt(ir: Builder32, d: number, imm16: number): Flow {
  const old = ir.r(d);
  const high = imm16 << 16;
  if (old.op === Op.const32) ir.setR(d, ir.i32((old.imm & 0xffff) | high));
  else ir.setR(d, ir.or(ir.and(old, ir.i32(0xffff)), ir.i32(high)));
  return 'next';
}
