import type { Builder32 } from '../ir/builder32.ts';
import type { Operand } from './shift.ts';

/** A constant, and whether its expansion was a rotation, whose carry out is then the constant's top bit. */
export interface Expanded {
  readonly value: number;
  readonly rotated: boolean;
}

const rotr = (value: number, by: number): number => ((value >>> by) | (value << (32 - by))) >>> 0;

/** A32's constants: a byte rotated right by twice a number of 4 bits. Arm ARM DDI 0406C, A5.2.4, ARMExpandImm_C. */
export function expandA32(imm12: number): Expanded {
  const rotation = 2 * (imm12 >>> 8);
  const byte = imm12 & 0xff;
  return rotation === 0 ? { value: byte, rotated: false } : { value: rotr(byte, rotation), rotated: true };
}

/** T32's constants: a byte in one of four patterns, or 1bcdefgh rotated. Arm ARM DDI 0406C, A6.3.2, ThumbExpandImm_C. */
export function expandT32(imm12: number): Expanded {
  const byte = imm12 & 0xff;
  switch (imm12 >>> 8) {
    case 0:
      return { value: byte, rotated: false };
    case 1:
      return { value: byte * 0x0001_0001, rotated: false };
    case 2:
      return { value: byte * 0x0100_0100, rotated: false };
    case 3:
      return { value: byte * 0x0101_0101, rotated: false };
    default:
      return { value: rotr(0x80 | (imm12 & 0x7f), imm12 >>> 7), rotated: true };
  }
}

export function constant(ir: Builder32, { value, rotated }: Expanded): Operand {
  return rotated ? { value: ir.i32(value), carry: () => ir.i32(value >>> 31) } : { value: ir.i32(value) };
}
