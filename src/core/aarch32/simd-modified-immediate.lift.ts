import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { expandImmediate } from '../simd/expand-immediate.ts';
import type { simdModifiedImmediate } from './simd-modified-immediate.table.ts';
import { isOdd, type QD, read, write } from './simd-operands.ts';

function move(ir: Builder32, f: QD, half: bigint): Flow {
  if (isOdd(f)) return ir.undefined();
  if (f.q) write(ir, 1, f.d, ir.v128(half, half));
  else ir.setD(f.d, ir.i64(half));
  return 'next';
}
function combine(ir: Builder32, f: QD, op: 'v128.or' | 'v128.andnot', half: bigint): Flow {
  if (isOdd(f)) return ir.undefined();
  write(ir, f.q, f.d, ir.v(op, read(ir, f.q, f.d), ir.v128(half, half)));
  return 'next';
}
/** The forms' cmode, with `s`. */
const word = (s: number, imm8: number): bigint => expandImmediate(0, s << 1, imm8);
const half = (s: number, imm8: number): bigint => expandImmediate(0, 8 | (s << 1), imm8);
const ones = (s: number, imm8: number): bigint => expandImmediate(0, 12 | s, imm8);
const inverted = (value: bigint): bigint => BigInt.asUintN(64, ~value);

export const simdModifiedImmediateLift = {
  VMOV_i32: (ir, f) => move(ir, f, word(f.s, f.i)),
  VORR_i32: (ir, f) => combine(ir, f, 'v128.or', word(f.s, f.i)),
  VMOV_i16: (ir, f) => move(ir, f, half(f.s, f.i)),
  VORR_i16: (ir, f) => combine(ir, f, 'v128.or', half(f.s, f.i)),
  VMOV_ones: (ir, f) => move(ir, f, ones(f.s, f.i)),
  VMOV_i8: (ir, f) => move(ir, f, expandImmediate(0, 14, f.i)),
  VMOV_f32: (ir, f) => move(ir, f, expandImmediate(0, 15, f.i)),
  VMVN_i32: (ir, f) => move(ir, f, inverted(word(f.s, f.i))),
  VBIC_i32: (ir, f) => combine(ir, f, 'v128.andnot', word(f.s, f.i)),
  VMVN_i16: (ir, f) => move(ir, f, inverted(half(f.s, f.i))),
  VBIC_i16: (ir, f) => combine(ir, f, 'v128.andnot', half(f.s, f.i)),
  VMVN_ones: (ir, f) => move(ir, f, inverted(ones(f.s, f.i))),
  VMOV_i64: (ir, f) => move(ir, f, expandImmediate(1, 14, f.i)),
} satisfies Lifters32<typeof simdModifiedImmediate>;
