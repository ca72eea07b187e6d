import { BINARY_ADD, BINARY_MUL, BINARY_SUB, STANDARD_FPSCR } from '../helpers/float-codes.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import { FPCR, V_TEMP } from '../state/cells.ts';
import { bytesOf, type QD, type QDM } from './simd-operands.ts';
import { doubleOf } from './vfp-operands.ts';

/** The control that AdvSIMD runs under, but for conversions of halves. Arm ARM DDI 0406C, A2.7, StandardFPSCRValue. */
export const standard = (ir: Builder32): I32 => ir.i32(STANDARD_FPSCR);

const AHP = 1 << 26;
/** With FPSCR.AHP. */
export const standardWithAhp = (ir: Builder32): I32 =>
  ir.or(ir.and(ir.cell32(FPCR), ir.i32(AHP)), ir.i32(STANDARD_FPSCR));

/** Singles: an address, and the distance from one to the next, 0 for one element taken for every lane. */
export interface Singles {
  readonly address: I32;
  readonly stride: 0 | 4;
}
export const singlesOf = (ir: Builder32, d: number): Singles => ({ address: ir.dAddress(d), stride: 4 });

type QDN = QD & { readonly n: number };

function vector3(ir: Builder32, op: number, q: number, d: I32, n: I32, m: Singles): void {
  ir.call('f32Vector3', ir.i32(op), d, n, m.address, ir.i32(m.stride), ir.i32(bytesOf({ q })), standard(ir));
}

/** By BINARY_x, on every lane. */
export function vectorBinary(ir: Builder32, op: number, f: QDN, m: Singles): Flow {
  vector3(ir, op, f.q, ir.dAddress(f.d), ir.dAddress(doubleOf(f.n)), m);
  return 'next';
}

/** d + n × m or d - n × m, rounded twice. */
export function vectorChained(ir: Builder32, minus: boolean, f: QDN, m: Singles): Flow {
  const product = ir.i32(V_TEMP);
  const d = ir.dAddress(f.d);
  vector3(ir, BINARY_MUL, f.q, product, ir.dAddress(doubleOf(f.n)), m);
  vector3(ir, minus ? BINARY_SUB : BINARY_ADD, f.q, d, d, { address: product, stride: 4 });
  return 'next';
}

/** d + n × m or d - n × m, rounded once. */
export function vectorFused(ir: Builder32, minus: boolean, f: QDN, m: Singles): Flow {
  const how = [ir.i32(m.stride), ir.i32(minus ? 1 : 0), ir.i32(bytesOf(f))] as const;
  ir.call('f32VectorMulAdd', ir.dAddress(f.d), ir.dAddress(doubleOf(f.n)), m.address, ...how, standard(ir));
  return 'next';
}

/** By UNARY_x, with the `detail` it takes. */
export function vectorUnary(ir: Builder32, op: number, detail: number, f: QDM): Flow {
  const registers = [ir.dAddress(f.d), ir.dAddress(f.m)] as const;
  ir.call('f32Vector2', ir.i32(op), ...registers, ir.i32(detail), ir.i32(bytesOf(f)), standard(ir));
  return 'next';
}
