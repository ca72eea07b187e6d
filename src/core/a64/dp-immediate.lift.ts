import { signExtend } from '../../base/bits.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { Int, Value } from '../ir/types.ts';
import { addSetting, logicSetting, subSetting } from './arithmetic.ts';
import { bitmaskImmediate } from './bitmask-immediate.ts';
import type { dpImmediate } from './dp-immediate.table.ts';

type Sum = { readonly z: number; readonly s: number; readonly i: number; readonly n: number; readonly d: number };
type Bits = {
  readonly z: number;
  readonly N: number;
  readonly r: number;
  readonly s: number;
  readonly n: number;
  readonly d: number;
};
type Wide = { readonly z: number; readonly h: number; readonly i: number; readonly d: number };

const intOf = (z: number): Int => (z ? 'i64' : 'i32');
const widthOf = (z: number): 32 | 64 => (z ? 64 : 32);
const ones = (count: number): bigint => (1n << BigInt(count)) - 1n;

function operands(ir: Builder, f: Sum) {
  return { d: f.d, a: ir.regSp(f.z, f.n), b: ir.int(intOf(f.z), f.i << (12 * f.s)) };
}

function logical(ir: Builder, f: Bits, lift: (mask: Value<Int>) => Flow): Flow {
  const mask = bitmaskImmediate(f.N, f.s, f.r, widthOf(f.z));
  return mask === null ? ir.undefined() : lift(ir.int(intOf(f.z), mask));
}

function moveWide(ir: Builder, f: Wide, lift: (value: bigint) => Flow): Flow {
  if (!f.z && f.h > 1) return ir.undefined();
  return lift(BigInt(f.i) << BigInt(16 * f.h));
}

/** The fields of a bitfield move or extract, or UNDEFINED: N is sf, and 32-bit forms have 5-bit fields. */
const reservedBitfield = (f: { z: number; N: number; r?: number; s: number }): boolean =>
  f.N !== f.z || (!f.z && ((f.r ?? 0) > 31 || f.s > 31));

/** Bits s..r of the source at the bottom, or bits s..0 at position width - r: sign-extended in one or two shifts. */
function signedField(ir: Builder, f: Bits, source: Value<Int>): Value<Int> {
  const width = widthOf(f.z);
  if (f.s === width - 1) return ir.shrSBy(source, f.r);
  if (f.r === 0 && (f.s === 7 || f.s === 15 || f.s === 31)) return ir.signExtend(source, (f.s + 1) as 8 | 16 | 32);
  const top = ir.shlBy(source, width - 1 - f.s);
  return ir.shrSBy(top, f.s >= f.r ? width - 1 - f.s + f.r : f.r - 1 - f.s);
}

function unsignedField(ir: Builder, f: Bits, source: Value<Int>): Value<Int> {
  const width = widthOf(f.z);
  const type = intOf(f.z);
  if (f.s === width - 1) return ir.shrUBy(source, f.r);
  if (f.s + 1 === f.r) return ir.shlBy(source, width - f.r);
  if (f.s < f.r) return ir.shlBy(ir.and(source, ir.int(type, ones(f.s + 1))), width - f.r);
  return ir.and(ir.shrUBy(source, f.r), ir.int(type, ones(f.s - f.r + 1)));
}

/** The destination with a field of the source put into it (BFI, BFXIL). */
function insertedField(ir: Builder, f: Bits, source: Value<Int>): Value<Int> {
  const width = widthOf(f.z);
  const type = intOf(f.z);
  const extracts = f.s >= f.r;
  const mask = extracts ? ones(f.s - f.r + 1) : ones(f.s + 1) << BigInt(width - f.r);
  if (mask === ones(width)) return source;
  const kept = ir.and(ir.reg(f.z, f.d), ir.int(type, ~mask));
  if (f.n === 31) return kept;
  const moved = extracts ? ir.shrUBy(source, f.r) : ir.shlBy(source, width - f.r);
  return ir.or(kept, ir.and(moved, ir.int(type, mask)));
}

function bitfield(ir: Builder, f: Bits, field: (ir: Builder, f: Bits, source: Value<Int>) => Value<Int>): Flow {
  if (reservedBitfield(f)) return ir.undefined();
  ir.setReg(f.d, field(ir, f, ir.reg(f.z, f.n)));
  return 'next';
}

export const dpImmediateLift = {
  ADR: (ir, f) => {
    ir.setX(f.d, ir.pc(signExtend((f.h << 2) | f.l, 21)));
    return 'next';
  },
  ADRP: (ir, f) => {
    ir.setX(f.d, ir.pc(signExtend((f.h << 2) | f.l, 21) * PAGE_BYTES - ir.offset));
    return 'next';
  },

  ADD_imm: (ir, f) => {
    const { a, b } = operands(ir, f);
    ir.setRegSp(f.d, f.i === 0 ? a : ir.add(a, b));
    return 'next';
  },
  SUB_imm: (ir, f) => {
    const { a, b } = operands(ir, f);
    ir.setRegSp(f.d, f.i === 0 ? a : ir.sub(a, b));
    return 'next';
  },
  ADDS_imm: (ir, f) => addSetting(ir, operands(ir, f)),
  SUBS_imm: (ir, f) => subSetting(ir, operands(ir, f)),

  AND_imm: (ir, f) =>
    logical(ir, f, (mask) => {
      ir.setRegSp(f.d, ir.and(ir.reg(f.z, f.n), mask));
      return 'next';
    }),
  ORR_imm: (ir, f) =>
    logical(ir, f, (mask) => {
      ir.setRegSp(f.d, f.n === 31 ? mask : ir.or(ir.reg(f.z, f.n), mask));
      return 'next';
    }),
  EOR_imm: (ir, f) =>
    logical(ir, f, (mask) => {
      ir.setRegSp(f.d, ir.xor(ir.reg(f.z, f.n), mask));
      return 'next';
    }),
  ANDS_imm: (ir, f) => logical(ir, f, (mask) => logicSetting(ir, f.d, ir.and(ir.reg(f.z, f.n), mask))),

  MOVN: (ir, f) =>
    moveWide(ir, f, (value) => {
      ir.setReg(f.d, ir.int(intOf(f.z), ~value));
      return 'next';
    }),
  MOVZ: (ir, f) =>
    moveWide(ir, f, (value) => {
      ir.setReg(f.d, ir.int(intOf(f.z), value));
      return 'next';
    }),
  MOVK: (ir, f) =>
    moveWide(ir, f, (value) => {
      const kept = ir.and(ir.reg(f.z, f.d), ir.int(intOf(f.z), ~(0xffffn << BigInt(16 * f.h))));
      ir.setReg(f.d, f.i === 0 ? kept : ir.or(kept, ir.int(intOf(f.z), value)));
      return 'next';
    }),

  SBFM: (ir, f) => bitfield(ir, f, signedField),
  BFM: (ir, f) => bitfield(ir, f, insertedField),
  UBFM: (ir, f) => bitfield(ir, f, unsignedField),

  EXTR: (ir, f) => {
    if (reservedBitfield(f)) return ir.undefined();
    const low = ir.reg(f.z, f.m);
    if (f.n === f.m || f.s === 0) ir.setReg(f.d, ir.rotrBy(low, f.s));
    else ir.setReg(f.d, ir.or(ir.shrUBy(low, f.s), ir.shlBy(ir.reg(f.z, f.n), widthOf(f.z) - f.s)));
    return 'next';
  },
} satisfies Lifters<typeof dpImmediate>;
