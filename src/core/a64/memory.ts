import { signExtend } from '../../base/bits.ts';
import { Sctlr } from '../fields/sctlr.ts';
import type { Builder } from '../ir/builder.ts';
import type { I64, Int, V128, Value } from '../ir/types.ts';
import { bigEndian } from '../lifting/data-access.ts';
import { reverse128 } from '../lifting/reverse.ts';

// Bits of SCTLR_ELx. Arm ARM DDI 0487, D13.2.118.

/** The base register of an access; where it is SP, SP must be aligned if SCTLR asks for it. */
export function base(ir: Builder, n: number): I64 {
  if (n === 31 && ir.config.sctlr & (ir.config.el === 0 ? Sctlr.sa0 : Sctlr.sa)) ir.checkSpAlignment();
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

export const vectorInByteOrder = (ir: Builder, value: V128): V128 =>
  bigEndian(ir.config) ? reverse128(ir, value) : value;

/** The low 1 << log2 bytes of a general-purpose register, for a store. */
export const stored = (ir: Builder, log2: number, t: number): Value<Int> => (log2 === 3 ? ir.x(t) : ir.w(t));
