import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';
import { addWithCarry, addWithCarrySetting } from '../lifting/carry.ts';
import { signedQuotient, unsignedQuotient } from '../lifting/divide.ts';
import { reverseBits, reverseBytes, reverseHalfwords, reverseWords } from '../lifting/reverse.ts';
import { addSetting, logicSetting, subSetting } from './arithmetic.ts';
import { conditionalCompare, conditionalCompareNegative } from './conditional-compare.ts';
import type { dpRegister } from './dp-register.table.ts';
import { multiplyHigh } from './multiply-high.ts';
import { extendedRegister, reservedShift, shiftedRegister } from './operands.ts';

type Sources = { readonly z: number; readonly n: number; readonly m: number; readonly d: number };
type Shifted = Sources & { readonly t: number; readonly i: number };
type Extended = Sources & { readonly p: number; readonly i: number };
type Conditional = Sources & { readonly c: number };
type Multiply = { readonly n: number; readonly m: number; readonly a: number; readonly d: number };

function set(ir: Builder, d: number, value: Value<Int>): Flow {
  ir.setReg(d, value);
  return 'next';
}

/** With the second operand shifted, unless the encoding is reserved. ROR is for logical operations only. */
function logical(ir: Builder, f: Shifted, lift: (b: Value<Int>) => Flow): Flow {
  return reservedShift(f) ? ir.undefined() : lift(shiftedRegister(ir, f));
}
function additive(ir: Builder, f: Shifted, lift: (sum: { d: number; a: Value<Int>; b: Value<Int> }) => Flow): Flow {
  if (reservedShift(f) || f.t === 3) return ir.undefined();
  return lift({ d: f.d, a: ir.reg(f.z, f.n), b: shiftedRegister(ir, f) });
}
/** The first operand is SP where it is register 31. */
function extended(ir: Builder, f: Extended, lift: (sum: { d: number; a: Value<Int>; b: Value<Int> }) => Flow): Flow {
  if (f.i > 4) return ir.undefined();
  return lift({ d: f.d, a: ir.regSp(f.z, f.n), b: extendedRegister(ir, f) });
}

function conditionalSelect(ir: Builder, f: Conditional, otherwise: (b: Value<Int>) => Value<Int>): Flow {
  if (f.c >= 14) return set(ir, f.d, ir.reg(f.z, f.n));
  return set(ir, f.d, ir.select(ir.condition(f.c), ir.reg(f.z, f.n), otherwise(ir.reg(f.z, f.m))));
}

/** CSET and CSETM: 1 or all ones where the condition of the encoding fails. */
const setsByCondition = (f: Conditional): boolean => f.n === 31 && f.m === 31 && f.c < 14;

function addProduct(ir: Builder, f: Multiply, product: Value<Int>): Flow {
  return set(ir, f.d, f.a === 31 ? product : ir.add(ir.reg(product.type === 'i64' ? 1 : 0, f.a), product));
}
function subProduct(ir: Builder, f: Multiply, product: Value<Int>): Flow {
  return set(ir, f.d, ir.sub(ir.reg(product.type === 'i64' ? 1 : 0, f.a), product));
}
const signedProduct = (ir: Builder, f: Multiply): I64 => ir.mul(ir.extendS(ir.w(f.n)), ir.extendS(ir.w(f.m)));
const unsignedProduct = (ir: Builder, f: Multiply): I64 => ir.mul(ir.extendU(ir.w(f.n)), ir.extendU(ir.w(f.m)));

/** The checksum of the low `bytes` of Rm, going on from Wn. */
function checksum(ir: Builder, f: Omit<Sources, 'z'>, name: 'crc32' | 'crc32c', bytes: number): Flow {
  ir.setW(f.d, ir.call(name, ir.w(f.n), ir.x(f.m), ir.i32(bytes)) as I32);
  return 'next';
}

export const dpRegisterLift = {
  AND_shift: (ir, f) => logical(ir, f, (b) => set(ir, f.d, ir.and(ir.reg(f.z, f.n), b))),
  BIC_shift: (ir, f) => logical(ir, f, (b) => set(ir, f.d, ir.and(ir.reg(f.z, f.n), ir.not(b)))),
  ORR_shift: (ir, f) => logical(ir, f, (b) => set(ir, f.d, f.n === 31 ? b : ir.or(ir.reg(f.z, f.n), b))),
  ORN_shift: (ir, f) =>
    logical(ir, f, (b) => set(ir, f.d, f.n === 31 ? ir.not(b) : ir.or(ir.reg(f.z, f.n), ir.not(b)))),
  EOR_shift: (ir, f) => logical(ir, f, (b) => set(ir, f.d, ir.xor(ir.reg(f.z, f.n), b))),
  EON_shift: (ir, f) => logical(ir, f, (b) => set(ir, f.d, ir.xor(ir.reg(f.z, f.n), ir.not(b)))),
  ANDS_shift: (ir, f) =>
    logical(ir, f, (b) => logicSetting(ir, f.d, f.n === f.m && f.i === 0 ? b : ir.and(ir.reg(f.z, f.n), b))),
  BICS_shift: (ir, f) => logical(ir, f, (b) => logicSetting(ir, f.d, ir.and(ir.reg(f.z, f.n), ir.not(b)))),

  ADD_shift: (ir, f) => additive(ir, f, ({ d, a, b }) => set(ir, d, ir.add(a, b))),
  ADDS_shift: (ir, f) => additive(ir, f, (sum) => addSetting(ir, sum)),
  SUB_shift: (ir, f) => additive(ir, f, ({ d, a, b }) => set(ir, d, ir.sub(a, b))),
  SUBS_shift: (ir, f) => additive(ir, f, (sum) => subSetting(ir, sum)),

  ADD_ext: (ir, f) =>
    extended(ir, f, ({ d, a, b }) => {
      ir.setRegSp(d, ir.add(a, b));
      return 'next';
    }),
  ADDS_ext: (ir, f) => extended(ir, f, (sum) => addSetting(ir, sum)),
  SUB_ext: (ir, f) =>
    extended(ir, f, ({ d, a, b }) => {
      ir.setRegSp(d, ir.sub(a, b));
      return 'next';
    }),
  SUBS_ext: (ir, f) => extended(ir, f, (sum) => subSetting(ir, sum)),

  ADC: (ir, f) => set(ir, f.d, addWithCarry(ir, ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  ADCS: (ir, f) => set(ir, f.d, addWithCarrySetting(ir, ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  SBC: (ir, f) => set(ir, f.d, addWithCarry(ir, ir.reg(f.z, f.n), ir.not(ir.reg(f.z, f.m)))),
  SBCS: (ir, f) => set(ir, f.d, addWithCarrySetting(ir, ir.reg(f.z, f.n), ir.not(ir.reg(f.z, f.m)))),

  CCMN_reg: (ir, f) => conditionalCompareNegative(ir, f.c, ir.reg(f.z, f.n), ir.reg(f.z, f.m), f.f),
  CCMP_reg: (ir, f) => conditionalCompare(ir, f.c, ir.reg(f.z, f.n), ir.reg(f.z, f.m), f.f),
  CCMN_imm: (ir, f) => {
    const a = ir.reg(f.z, f.n);
    return conditionalCompareNegative(ir, f.c, a, ir.int(a.type as Int, f.i), f.f);
  },
  CCMP_imm: (ir, f) => {
    const a = ir.reg(f.z, f.n);
    return conditionalCompare(ir, f.c, a, ir.int(a.type as Int, f.i), f.f);
  },

  CSEL: (ir, f) => conditionalSelect(ir, f, (b) => b),
  CSINC: (ir, f) => {
    if (!setsByCondition(f)) return conditionalSelect(ir, f, (b) => ir.add(b, ir.int(b.type as Int, 1)));
    ir.setW(f.d, ir.condition(f.c ^ 1));
    return 'next';
  },
  CSINV: (ir, f) => {
    if (!setsByCondition(f)) return conditionalSelect(ir, f, (b) => ir.not(b));
    const mask = ir.neg(ir.condition(f.c ^ 1));
    return set(ir, f.d, f.z ? ir.extendS(mask) : mask);
  },
  CSNEG: (ir, f) => conditionalSelect(ir, f, (b) => ir.neg(b)),

  RBIT: (ir, f) => set(ir, f.d, reverseBits(ir, ir.reg(f.z, f.n))),
  REV16: (ir, f) => set(ir, f.d, reverseHalfwords(ir, ir.reg(f.z, f.n))),
  REV_w: (ir, f) => set(ir, f.d, reverseBytes(ir, ir.w(f.n))),
  REV32: (ir, f) => set(ir, f.d, reverseWords(ir, ir.x(f.n))),
  REV_x: (ir, f) => set(ir, f.d, reverseBytes(ir, ir.x(f.n))),
  CLZ: (ir, f) => set(ir, f.d, ir.unary('clz', ir.reg(f.z, f.n))),
  CLS: (ir, f) => {
    const value = ir.reg(f.z, f.n);
    const changes = ir.xor(value, ir.shlBy(value, 1));
    return set(ir, f.d, ir.unary('clz', ir.or(changes, ir.int(value.type as Int, 1))));
  },

  UDIV: (ir, f) => set(ir, f.d, unsignedQuotient(ir, ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  SDIV: (ir, f) => set(ir, f.d, signedQuotient(ir, ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  LSLV: (ir, f) => set(ir, f.d, ir.shl(ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  LSRV: (ir, f) => set(ir, f.d, ir.shrU(ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  ASRV: (ir, f) => set(ir, f.d, ir.shrS(ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  RORV: (ir, f) => set(ir, f.d, ir.rotr(ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  CRC32B: (ir, f) => checksum(ir, f, 'crc32', 1),
  CRC32H: (ir, f) => checksum(ir, f, 'crc32', 2),
  CRC32W: (ir, f) => checksum(ir, f, 'crc32', 4),
  CRC32X: (ir, f) => checksum(ir, f, 'crc32', 8),
  CRC32CB: (ir, f) => checksum(ir, f, 'crc32c', 1),
  CRC32CH: (ir, f) => checksum(ir, f, 'crc32c', 2),
  CRC32CW: (ir, f) => checksum(ir, f, 'crc32c', 4),
  CRC32CX: (ir, f) => checksum(ir, f, 'crc32c', 8),

  MADD: (ir, f) => addProduct(ir, f, ir.mul(ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  MSUB: (ir, f) => subProduct(ir, f, ir.mul(ir.reg(f.z, f.n), ir.reg(f.z, f.m))),
  SMADDL: (ir, f) => addProduct(ir, f, signedProduct(ir, f)),
  SMSUBL: (ir, f) => subProduct(ir, f, signedProduct(ir, f)),
  SMULH: (ir, f) => set(ir, f.d, multiplyHigh(ir, ir.x(f.n), ir.x(f.m), true)),
  UMADDL: (ir, f) => addProduct(ir, f, unsignedProduct(ir, f)),
  UMSUBL: (ir, f) => subProduct(ir, f, unsignedProduct(ir, f)),
  UMULH: (ir, f) => set(ir, f.d, multiplyHigh(ir, ir.x(f.n), ir.x(f.m), false)),
} satisfies Lifters<typeof dpRegister>;
