import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import { reverseBits, reverseBytes, reverseHalfwords } from '../lifting/reverse.ts';
import { Shift, shiftedBy } from './shift.ts';

// Packing, unpacking, reversal and bit fields. Arm ARM DDI 0406C, A5.4.3, A5.4; A6.3.3, A6.3.12, A6.3.15.

type Unary = { readonly d: number; readonly m: number };
type Binary = Unary & { readonly n: number };
/** Rm is shifted by i. */
type Packed = Binary & { readonly i: number };
/** Rm is rotated right by r bytes. */
type Rotated = Unary & { readonly r: number };
/** Bits k:l of Rd; w + 1 bits of Rn from bit l up. */
type Inserted = { readonly d: number; readonly k: number; readonly l: number };
type Extracted = { readonly d: number; readonly n: number; readonly l: number; readonly w: number };

const LOW_HALF = 0xffff;
const HIGH_HALF = 0xffff_0000;

function set(ir: Builder32, d: number, value: I32): Flow {
  ir.setR(d, value);
  return 'next';
}
const halves = (ir: Builder32, high: I32, low: I32): I32 =>
  ir.or(ir.and(high, ir.i32(HIGH_HALF)), ir.and(low, ir.i32(LOW_HALF)));

/** Part of a word, extended. */
type Part = (ir: Builder32, value: I32) => I32;
const signedByte: Part = (ir, value) => ir.signExtend(value, 8);
const signedHalf: Part = (ir, value) => ir.signExtend(value, 16);
const unsignedByte: Part = (ir, value) => ir.and(value, ir.i32(0xff));
const unsignedHalf: Part = (ir, value) => ir.and(value, ir.i32(LOW_HALF));
/** Bytes 0 and 2, each to a half. */
const unsignedBytes: Part = (ir, value) => ir.and(value, ir.i32(0x00ff_00ff));
const signedBytes: Part = (ir, value) =>
  halves(ir, ir.shlBy(ir.signExtend(ir.shrUBy(value, 16), 8), 16), ir.signExtend(value, 8));

const part = (ir: Builder32, { m, r }: Rotated, of: Part): I32 => of(ir, ir.rotrBy(ir.r(m), 8 * r));
const extend =
  (of: Part) =>
  (ir: Builder32, f: Rotated): Flow =>
    set(ir, f.d, part(ir, f, of));
const extendAndAdd =
  (of: Part) =>
  (ir: Builder32, f: Rotated & Binary): Flow =>
    set(ir, f.d, ir.add(ir.r(f.n), part(ir, f, of)));
const extendAndAddHalves =
  (of: Part) =>
  (ir: Builder32, f: Rotated & Binary): Flow => {
    const [a, b] = [ir.r(f.n), part(ir, f, of)];
    const high = ir.add(a, ir.and(b, ir.i32(HIGH_HALF)));
    return set(ir, f.d, halves(ir, high, ir.add(a, b)));
  };

const ones = (width: number): number => (width === 32 ? -1 : 2 ** width - 1);

/** Where the field is upside down, which is UNPREDICTABLE, it is UNDEFINED. */
function insert(ir: Builder32, { d, k, l }: Inserted, source: I32 | null): Flow {
  if (k < l) return ir.undefined();
  const mask = ones(k - l + 1) << l;
  const kept = ir.and(ir.r(d), ir.i32(~mask));
  return set(ir, d, source === null ? kept : ir.or(kept, ir.and(ir.shlBy(source, l), ir.i32(mask))));
}

export const packingLift = {
  PKHBT: (ir: Builder32, f: Packed) => set(ir, f.d, halves(ir, ir.shlBy(ir.r(f.m), f.i), ir.r(f.n))),
  PKHTB: (ir: Builder32, f: Packed) =>
    set(ir, f.d, halves(ir, ir.r(f.n), shiftedBy(ir, ir.r(f.m), Shift.asr, f.i).value)),

  SXTB: extend(signedByte),
  SXTB16: extend(signedBytes),
  SXTH: extend(signedHalf),
  UXTB: extend(unsignedByte),
  UXTB16: extend(unsignedBytes),
  UXTH: extend(unsignedHalf),
  SXTAB: extendAndAdd(signedByte),
  SXTAB16: extendAndAddHalves(signedBytes),
  SXTAH: extendAndAdd(signedHalf),
  UXTAB: extendAndAdd(unsignedByte),
  UXTAB16: extendAndAddHalves(unsignedBytes),
  UXTAH: extendAndAdd(unsignedHalf),

  REV: (ir: Builder32, f: Unary) => set(ir, f.d, reverseBytes(ir, ir.r(f.m))),
  REV16: (ir: Builder32, f: Unary) => set(ir, f.d, reverseHalfwords(ir, ir.r(f.m))),
  /** The low half reversed, and sign-extended. */
  REVSH: (ir: Builder32, f: Unary) => set(ir, f.d, ir.signExtend(reverseHalfwords(ir, ir.r(f.m)), 16)),
  RBIT: (ir: Builder32, f: Unary) => set(ir, f.d, reverseBits(ir, ir.r(f.m))),
  CLZ: (ir: Builder32, f: Unary) => set(ir, f.d, ir.unary('clz', ir.r(f.m))),

  BFI: (ir: Builder32, f: Inserted & { readonly n: number }) => insert(ir, f, ir.r(f.n)),
  BFC: (ir: Builder32, f: Inserted) => insert(ir, f, null),
  /** A field beyond the top bit, which is UNPREDICTABLE, is UNDEFINED. */
  SBFX: (ir: Builder32, { d, n, l, w }: Extracted) =>
    l + w > 31 ? ir.undefined() : set(ir, d, ir.shrSBy(ir.shlBy(ir.r(n), 31 - l - w), 31 - w)),
  UBFX: (ir: Builder32, { d, n, l, w }: Extracted) =>
    l + w > 31 ? ir.undefined() : set(ir, d, ir.and(ir.shrUBy(ir.r(n), l), ir.i32(ones(w + 1)))),
} as const;
