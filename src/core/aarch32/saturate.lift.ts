import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32, I64 } from '../ir/types.ts';
import { Shift, shiftedBy } from './shift.ts';

// Saturation. Arm ARM DDI 0406C, A2.2.1, SignedSatQ and UnsignedSatQ. Where it changes a value, Q becomes 1.

interface Saturated {
  readonly value: I32;
  /** 0 or 1. */
  readonly changed: I32;
}

/** An exact sum or difference of two words, to 32 bits. */
function toWord(ir: Builder32, exact: I64): Saturated {
  const low = ir.wrap(exact);
  const changed = ir.compare('ne', exact, ir.extendS(low));
  const limit = ir.xor(ir.wrap(ir.shrSBy(exact, 63)), ir.i32(0x7fff_ffff));
  return { value: ir.select(changed, limit, low), changed };
}

function within(ir: Builder32, value: I32, least: number, most: number): Saturated {
  const [low, high] = [ir.i32(least), ir.i32(most)];
  const notBelow = ir.select(ir.compare('ltS', value, low), low, value);
  const result = ir.select(ir.compare('gtS', value, high), high, notBelow);
  return { value: result, changed: ir.compare('ne', result, value) };
}

type Limit = (ir: Builder32, value: I32, width: number) => Saturated;
/** To a signed number of width + 1 bits, 1..32, and to an unsigned one of `width` bits, 0..31: as the fields say it. */
const signed: Limit = (ir, value, width) => within(ir, value, -(2 ** width), 2 ** width - 1);
const unsigned: Limit = (ir, value, width) => within(ir, value, 0, 2 ** width - 1);

type Sum = { readonly d: number; readonly n: number; readonly m: number };
/** The operand is Rn shifted left by i, or right where h is 1. */
type Shifted = { readonly d: number; readonly w: number; readonly n: number; readonly i: number; readonly h: number };
type Halves = { readonly d: number; readonly w: number; readonly n: number };

/** Rm plus or minus Rn, which may be doubled first. */
function saturatingSum(ir: Builder32, { d, n, m }: Sum, op: 'add' | 'sub', doubling: boolean): Flow {
  const first = ir.extendS(ir.r(m));
  const plain = ir.extendS(ir.r(n));
  const doubled = doubling ? toWord(ir, ir.shlBy(plain, 1)) : null;
  const { value, changed } = toWord(ir, ir[op](first, doubled === null ? plain : ir.extendS(doubled.value)));
  ir.setQIf(doubled === null ? changed : ir.or(changed, doubled.changed));
  ir.setR(d, value);
  return 'next';
}

function saturate(ir: Builder32, f: Shifted, limit: Limit): Flow {
  const { value, changed } = limit(ir, shiftedBy(ir, ir.r(f.n), f.h ? Shift.asr : Shift.lsl, f.i).value, f.w);
  ir.setQIf(changed);
  ir.setR(f.d, value);
  return 'next';
}

/** The signed halves of Rn, each by itself. */
function saturateHalves(ir: Builder32, { d, w, n }: Halves, limit: Limit): Flow {
  const low = limit(ir, ir.signExtend(ir.r(n), 16), w);
  const high = limit(ir, ir.shrSBy(ir.r(n), 16), w);
  ir.setQIf(ir.or(low.changed, high.changed));
  ir.setR(d, ir.or(ir.and(low.value, ir.i32(0xffff)), ir.shlBy(high.value, 16)));
  return 'next';
}

export const saturateLift = {
  QADD: (ir: Builder32, f: Sum) => saturatingSum(ir, f, 'add', false),
  QSUB: (ir: Builder32, f: Sum) => saturatingSum(ir, f, 'sub', false),
  QDADD: (ir: Builder32, f: Sum) => saturatingSum(ir, f, 'add', true),
  QDSUB: (ir: Builder32, f: Sum) => saturatingSum(ir, f, 'sub', true),
  SSAT: (ir: Builder32, f: Shifted) => saturate(ir, f, signed),
  USAT: (ir: Builder32, f: Shifted) => saturate(ir, f, unsigned),
  SSAT16: (ir: Builder32, f: Halves) => saturateHalves(ir, f, signed),
  USAT16: (ir: Builder32, f: Halves) => saturateHalves(ir, f, unsigned),
} as const;
