import { bit, signExtend } from '../../base/bits.ts';
import type { Builder } from '../ir/builder.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { AccessFlags } from '../ir/ops.ts';
import type { I32, I64, Int, V128, Value } from '../ir/types.ts';
import { reverse16, reverse128, reverseBytes } from './reverse.ts';

// Bits of SCTLR_ELx. Arm ARM DDI 0487, D13.2.118.
const SCTLR_A = 1;
const SCTLR_SA = 3;
const SCTLR_SA0 = 4;
const SCTLR_E0E = 24;
const SCTLR_EE = 25;

/** Data accesses are big-endian. */
export const bigEndian = (c: TranslationConfig): boolean => bit(c.sctlr, c.el === 0 ? SCTLR_E0E : SCTLR_EE) === 1;
/** Alignment checking is on for all accesses. */
export const checksAlignment = (c: TranslationConfig): boolean => bit(c.sctlr, SCTLR_A) === 1;

/** AccessFlags of ordinary accesses, and of LDTR and STTR, which act as EL0 at EL1 only. */
export const ordinary = (ir: Builder): number => (checksAlignment(ir.config) ? AccessFlags.aligned : 0);
export const unprivileged = (ir: Builder): number => ordinary(ir) | (ir.config.el === 1 ? AccessFlags.unprivileged : 0);

/** The base register of an access; where it is SP, SP must be aligned if SCTLR asks for it. */
export function base(ir: Builder, n: number): I64 {
  if (n === 31 && bit(ir.config.sctlr, ir.config.el === 0 ? SCTLR_SA0 : SCTLR_SA)) ir.checkSpAlignment();
  return ir.xsp(n);
}

export const plus = (ir: Builder, address: I64, offset: number): I64 =>
  offset === 0 ? address : ir.add(address, ir.i64(offset));

/** Where an access goes, and what its base register becomes. */
export interface Place {
  readonly address: I64;
  readonly n: number;
  readonly writeBack: I64 | null;
}
type Based = { readonly n: number };
type BasedImmediate = { readonly n: number; readonly i: number };
type Indexed = {
  readonly n: number;
  readonly m: number;
  readonly p: number;
  readonly x: number;
  readonly S: number;
};

const at = (f: Based, address: I64): Place => ({ address, n: f.n, writeBack: null });

/** [Xn, #imm12 << log2] */
export const scaled = (ir: Builder, f: BasedImmediate, log2: number): Place =>
  at(f, plus(ir, base(ir, f.n), f.i * (1 << log2)));
/** [Xn, #simm9] */
export const unscaled = (ir: Builder, f: BasedImmediate): Place => at(f, plus(ir, base(ir, f.n), signExtend(f.i, 9)));
/** [Xn], #simm9 */
export const postIndexed = (ir: Builder, f: BasedImmediate): Place => postIndexedBy(ir, f, signExtend(f.i, 9));
/** [Xn, #simm9]! */
export const preIndexed = (ir: Builder, f: BasedImmediate): Place => preIndexedBy(ir, f, signExtend(f.i, 9));
/** The same of pairs: #simm7 << log2. */
export const pairOffset = (ir: Builder, f: BasedImmediate, log2: number): Place =>
  at(f, plus(ir, base(ir, f.n), signExtend(f.i, 7) * (1 << log2)));
export const pairPostIndexed = (ir: Builder, f: BasedImmediate, log2: number): Place =>
  postIndexedBy(ir, f, signExtend(f.i, 7) * (1 << log2));
export const pairPreIndexed = (ir: Builder, f: BasedImmediate, log2: number): Place =>
  preIndexedBy(ir, f, signExtend(f.i, 7) * (1 << log2));

function postIndexedBy(ir: Builder, f: Based, offset: number): Place {
  const address = base(ir, f.n);
  return { address, n: f.n, writeBack: plus(ir, address, offset) };
}
function preIndexedBy(ir: Builder, f: Based, offset: number): Place {
  const address = plus(ir, base(ir, f.n), offset);
  return { address, n: f.n, writeBack: address };
}

/** [Xn, Rm, extend #amount]: x is a 64-bit index, p a signed one, S shifts it by the access's size. */
export function indexed(ir: Builder, f: Indexed, log2: number): Place {
  const start = base(ir, f.n);
  const index = f.x ? ir.x(f.m) : f.p ? ir.extendS(ir.w(f.m)) : ir.extendU(ir.w(f.m));
  return at(f, ir.add(start, f.S ? ir.shlBy(index, log2) : index));
}

/** After all accesses and all other writes: so it wins over a destination that is the base register too, which is UNPREDICTABLE. */
export function writeBack(ir: Builder, place: Place): 'next' {
  if (place.writeBack !== null) ir.setXsp(place.n, place.writeBack);
  return 'next';
}

/** A value of 1 << log2 bytes, zero-extended to i32, or an i64. */
export function load(ir: Builder, log2: number, address: I64, flags: number): Value<Int> {
  if (log2 === 0) return ir.load8(address, flags);
  if (log2 === 1) {
    const half = ir.load16(address, flags);
    return bigEndian(ir.config) ? reverse16(ir, half) : half;
  }
  return log2 === 2 ? inByteOrder(ir, ir.load32(address, flags)) : inByteOrder(ir, ir.load64(address, flags));
}

/** Stores the low 1 << log2 bytes of an i32, or an i64. */
export function store(ir: Builder, log2: number, address: I64, value: Value<Int>, flags: number): void {
  if (log2 === 0) {
    ir.store8(address, value as I32, flags);
  } else if (log2 === 1) {
    const half = value as I32;
    ir.store16(address, bigEndian(ir.config) ? reverse16(ir, half) : half, flags);
  } else if (log2 === 2) {
    ir.store32(address, inByteOrder(ir, value as I32), flags);
  } else {
    ir.store64(address, inByteOrder(ir, value as I64), flags);
  }
}

/** A value of 4 or 8 bytes between register and memory: reversed for big-endian data. */
export const inByteOrder = <T extends Int>(ir: Builder, value: Value<T>): Value<T> =>
  bigEndian(ir.config) ? reverseBytes(ir, value) : value;
export const vectorInByteOrder = (ir: Builder, value: V128): V128 =>
  bigEndian(ir.config) ? reverse128(ir, value) : value;

/** The low 1 << log2 bytes of a general-purpose register, for a store. */
export const stored = (ir: Builder, log2: number, t: number): Value<Int> => (log2 === 3 ? ir.x(t) : ir.w(t));
