import type { HelperSignature } from './signature.ts';

/** Addresses of the destination and two operands, which may be the same registers; log2 of a lane's bytes; bytes to do. */
const laneByLane = { params: ['i32', 'i32', 'i32', 'i32', 'i32'], result: 'none' } as const satisfies HelperSignature;
/** Addresses of the destination and two operands. */
const three = { params: ['i32', 'i32', 'i32'], result: 'none' } as const satisfies HelperSignature;

export const vectorHelpers = {
  /** Shifts of each lane of the first operand by the signed low byte of the second's lane. */
  sshl: laneByLane,
  ushl: laneByLane,
  srshl: laneByLane,
  urshl: laneByLane,
  /** The same, saturating: they set FPSR.QC. */
  sqshl: laneByLane,
  uqshl: laneByLane,
  sqrshl: laneByLane,
  uqrshl: laneByLane,
  /** Products of polynomials over {0, 1}: of bytes, to bytes; the last parameter is the bytes to do. */
  pmul8: { params: ['i32', 'i32', 'i32', 'i32'], result: 'none' },
  /** Of 8 bytes, to 16-bit lanes. */
  pmull8: three,
  /** Of 64 bits, to 128. */
  pmull64: three,
} as const satisfies Record<string, HelperSignature>;
