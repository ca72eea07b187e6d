import type { Builder32 } from '../ir/builder32.ts';
import type { I32, I64 } from '../ir/types.ts';

/** A second operand: its value, and the shifter's carry out (0 or 1) where it does not leave C as it was. */
export interface Operand {
  readonly value: I32;
  /** Made when it is asked for, which must be before the flags are set. */
  readonly carry?: () => I32;
}

/** Types of shifts, as encodings have them; 3 with an amount of 0 is RRX. */
export const Shift = { lsl: 0, lsr: 1, asr: 2, ror: 3 } as const;

const bitOf = (ir: Builder32, value: I32, at: number): I32 => ir.and(ir.shrUBy(value, at), ir.i32(1));
const topBit = (ir: Builder32, value: I32): I32 => ir.shrUBy(value, 31);

/** A value shifted by a constant of 5 bits. Arm ARM DDI 0406C, A8.4.3, DecodeImmShift and Shift_C. */
export function shiftedBy(ir: Builder32, value: I32, type: number, amount: number): Operand {
  switch (type) {
    case Shift.lsl:
      return amount === 0 ? { value } : { value: ir.shlBy(value, amount), carry: () => bitOf(ir, value, 32 - amount) };
    case Shift.lsr:
      return amount === 0
        ? { value: ir.i32(0), carry: () => topBit(ir, value) }
        : { value: ir.shrUBy(value, amount), carry: () => bitOf(ir, value, amount - 1) };
    case Shift.asr:
      return amount === 0
        ? { value: ir.shrSBy(value, 31), carry: () => topBit(ir, value) }
        : { value: ir.shrSBy(value, amount), carry: () => bitOf(ir, value, amount - 1) };
    default:
      return amount === 0 ? rotatedWithCarry(ir, value) : rotatedBy(ir, value, amount);
  }
}

/** RRX. */
function rotatedWithCarry(ir: Builder32, value: I32): Operand {
  const rotated = ir.or(ir.shlBy(ir.carry(), 31), ir.shrUBy(value, 1));
  return { value: rotated, carry: () => ir.and(value, ir.i32(1)) };
}

function rotatedBy(ir: Builder32, value: I32, amount: number): Operand {
  const rotated = ir.rotrBy(value, amount);
  return { value: rotated, carry: () => topBit(ir, rotated) };
}

/**
 * A value shifted by the low byte of a register, 0..255. WebAssembly takes amounts modulo the width, so those beyond it are
 * cases of their own; an amount of 0 leaves C alone. The last bit shifted out is found in 64 bits.
 */
export function shiftedByRegister(ir: Builder32, value: I32, type: number, register: I32): Operand {
  const amount = ir.and(register, ir.i32(0xff));
  const atMost = (most: number): I32 => ir.select(ir.compare('ltU', amount, ir.i32(most)), amount, ir.i32(most));
  const inRange = (shifted: I32): I32 => ir.select(ir.compare('ltU', amount, ir.i32(32)), shifted, ir.i32(0));
  const unlessZero = (carry: I32): I32 => ir.select(amount, carry, ir.carry());
  const lowBit = (wide: I64): I32 => ir.and(ir.wrap(wide), ir.i32(1));
  switch (type) {
    case Shift.lsl: {
      const wide = (): I64 => ir.shl(ir.extendU(value), ir.extendU(atMost(33)));
      return { value: inRange(ir.shl(value, amount)), carry: () => unlessZero(lowBit(ir.shrUBy(wide(), 32))) };
    }
    case Shift.lsr: {
      const wide = (): I64 => ir.shrU(ir.shlBy(ir.extendU(value), 1), ir.extendU(atMost(63)));
      return { value: inRange(ir.shrU(value, amount)), carry: () => unlessZero(lowBit(wide())) };
    }
    case Shift.asr: {
      const wide = (): I64 => ir.shrS(ir.shlBy(ir.extendS(value), 1), ir.extendU(atMost(63)));
      return { value: ir.shrS(value, atMost(31)), carry: () => unlessZero(lowBit(wide())) };
    }
    default: {
      const rotated = ir.rotr(value, amount);
      return { value: rotated, carry: () => unlessZero(topBit(ir, rotated)) };
    }
  }
}
