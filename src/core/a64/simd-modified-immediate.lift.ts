import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { expandImmediate } from '../simd/expand-immediate.ts';
import type { simdModifiedImmediate } from './simd-modified-immediate.table.ts';

type Target = { readonly q: number; readonly d: number };

function move(ir: Builder, f: Target, half: bigint): Flow {
  ir.setVq(f.d, ir.v128(half, f.q ? half : 0n));
  return 'next';
}
function combine(ir: Builder, f: Target, op: 'v128.or' | 'v128.andnot', half: bigint): Flow {
  ir.setVector(f.q, f.d, ir.v(op, ir.vq(f.d), ir.v128(half, half)));
  return 'next';
}
/** The forms' cmode, with `s`. */
const word = (s: number, imm8: number): bigint => expandImmediate(0, s << 1, imm8);
const half = (s: number, imm8: number): bigint => expandImmediate(0, 8 | (s << 1), imm8);
const ones = (s: number, imm8: number): bigint => expandImmediate(0, 12 | s, imm8);
const inverted = (value: bigint): bigint => BigInt.asUintN(64, ~value);

export const simdModifiedImmediateLift = {
  MOVI_32: (ir, f) => move(ir, f, word(f.s, f.i)),
  MOVI_16: (ir, f) => move(ir, f, half(f.s, f.i)),
  MOVI_ones: (ir, f) => move(ir, f, ones(f.s, f.i)),
  MOVI_8: (ir, f) => move(ir, f, expandImmediate(0, 14, f.i)),
  MOVI_64: (ir, f) => move(ir, f, expandImmediate(1, 14, f.i)),
  MVNI_32: (ir, f) => move(ir, f, inverted(word(f.s, f.i))),
  MVNI_16: (ir, f) => move(ir, f, inverted(half(f.s, f.i))),
  MVNI_ones: (ir, f) => move(ir, f, inverted(ones(f.s, f.i))),
  ORR_32: (ir, f) => combine(ir, f, 'v128.or', word(f.s, f.i)),
  ORR_16: (ir, f) => combine(ir, f, 'v128.or', half(f.s, f.i)),
  BIC_32: (ir, f) => combine(ir, f, 'v128.andnot', word(f.s, f.i)),
  BIC_16: (ir, f) => combine(ir, f, 'v128.andnot', half(f.s, f.i)),
  FMOV_32: (ir, f) => move(ir, f, expandImmediate(0, 15, f.i)),
  FMOV_64: (ir, f) => move(ir, { q: 1, d: f.d }, expandImmediate(1, 15, f.i)),
} satisfies Lifters<typeof simdModifiedImmediate>;
