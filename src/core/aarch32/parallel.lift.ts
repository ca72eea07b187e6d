import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32, V128 } from '../ir/types.ts';

// Additions and subtractions of the halves or bytes of two registers, all at once in lanes of twice their width, where
// nothing is lost. Arm ARM DDI 0406C, A5.4.1, A5.4.2; A6.3.13, A6.3.14.

/** What becomes of a sum: cut, with GE[3:0] set; saturated; halved. */
interface Kind {
  readonly signed: boolean;
  readonly finish: 'ge' | 'saturate' | 'halve';
}
type Sources = { readonly d: number; readonly n: number; readonly m: number };

/** By what the mnemonic begins with. */
const S: Kind = { signed: true, finish: 'ge' };
const Q: Kind = { signed: true, finish: 'saturate' };
const SH: Kind = { signed: true, finish: 'halve' };
const U: Kind = { signed: false, finish: 'ge' };
const UQ: Kind = { signed: false, finish: 'saturate' };
const UH: Kind = { signed: false, finish: 'halve' };

/** The halves of a register in two lanes of 32 bits, or its bytes in four of 16. */
const shapes = {
  halves: {
    wide: 'i32x4',
    extend: ['i32x4.extend_low_i16x8_u', 'i32x4.extend_low_i16x8_s'],
    add: 'i32x4.add',
    sub: 'i32x4.sub',
    ge: 'i32x4.ge_s',
    narrow: ['i16x8.narrow_i32x4_u', 'i16x8.narrow_i32x4_s'],
    /** The bytes of the lanes' lower halves. */
    low: [0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13],
    /** What an unsigned sum reaches that has a carry out. */
    carry: 0x0001_0000_0001_0000n,
  },
  bytes: {
    wide: 'i16x8',
    extend: ['i16x8.extend_low_i8x16_u', 'i16x8.extend_low_i8x16_s'],
    add: 'i16x8.add',
    sub: 'i16x8.sub',
    ge: 'i16x8.ge_s',
    narrow: ['i8x16.narrow_i16x8_u', 'i8x16.narrow_i16x8_s'],
    low: [0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14],
    carry: 0x0100_0100_0100_0100n,
  },
} as const;
type Shape = (typeof shapes)[keyof typeof shapes];

function widened(ir: Builder32, value: I32, shape: Shape, { signed }: Kind): V128 {
  return ir.v(shape.extend[signed ? 1 : 0], ir.splat('i32x4', value));
}

/** `least`: what lanes reach where GE is to be set for an unsigned operation; for a signed one it is 0. */
function finish(ir: Builder32, d: number, exact: V128, shape: Shape, kind: Kind, least: bigint): Flow {
  if (kind.finish === 'ge') {
    // GE has a bit for each byte, as the mask of 16-bit lanes has in both shapes.
    const reached = ir.v(shape.ge, exact, ir.v128(kind.signed ? 0n : least, 0n));
    ir.setGe(ir.and(ir.bitmask('i16x8', reached), ir.i32(0xf)));
  }
  ir.setR(d, ir.lane32('i32x4', narrowed(ir, exact, shape, kind), 0));
  return 'next';
}

function narrowed(ir: Builder32, exact: V128, shape: Shape, kind: Kind): V128 {
  if (kind.finish === 'saturate') return ir.v(shape.narrow[kind.signed ? 1 : 0], exact, exact);
  const kept = kind.finish === 'halve' ? ir.vshift('shrS', shape.wide, exact, ir.i32(1)) : exact;
  return ir.shuffle(kept, kept, shape.low);
}

function add(ir: Builder32, { d, n, m }: Sources, shape: Shape, kind: Kind): Flow {
  const sum = ir.v(shape.add, widened(ir, ir.r(n), shape, kind), widened(ir, ir.r(m), shape, kind));
  return finish(ir, d, sum, shape, kind, shape.carry);
}
/** An unsigned difference of 0 or more has no borrow. */
function sub(ir: Builder32, { d, n, m }: Sources, shape: Shape, kind: Kind): Flow {
  const difference = ir.v(shape.sub, widened(ir, ir.r(n), shape, kind), widened(ir, ir.r(m), shape, kind));
  return finish(ir, d, difference, shape, kind, 0n);
}

/** Lane 0 of the first vector, lane 1 of the second. */
const LANE_OF_EACH = [0, 1, 2, 3, 20, 21, 22, 23, 0, 1, 2, 3, 20, 21, 22, 23];

/** Rm's halves exchanged; the top half added and the bottom one subtracted (ASX), or the other way (SAX). */
function exchanged(ir: Builder32, { d, n, m }: Sources, kind: Kind, addsTop: boolean): Flow {
  const shape = shapes.halves;
  const a = widened(ir, ir.r(n), shape, kind);
  const b = widened(ir, ir.rotrBy(ir.r(m), 16), shape, kind);
  const [sum, difference] = [ir.v(shape.add, a, b), ir.v(shape.sub, a, b)];
  return addsTop
    ? finish(ir, d, ir.shuffle(difference, sum, LANE_OF_EACH), shape, kind, 0x0001_0000_0000_0000n)
    : finish(ir, d, ir.shuffle(sum, difference, LANE_OF_EACH), shape, kind, 0x0001_0000n);
}

type Parallel = (ir: Builder32, f: Sources) => Flow;
const add16 =
  (kind: Kind): Parallel =>
  (ir, f) =>
    add(ir, f, shapes.halves, kind);
const sub16 =
  (kind: Kind): Parallel =>
  (ir, f) =>
    sub(ir, f, shapes.halves, kind);
const add8 =
  (kind: Kind): Parallel =>
  (ir, f) =>
    add(ir, f, shapes.bytes, kind);
const sub8 =
  (kind: Kind): Parallel =>
  (ir, f) =>
    sub(ir, f, shapes.bytes, kind);
const asx =
  (kind: Kind): Parallel =>
  (ir, f) =>
    exchanged(ir, f, kind, true);
const sax =
  (kind: Kind): Parallel =>
  (ir, f) =>
    exchanged(ir, f, kind, false);

/** The sum of the absolute differences of four bytes. */
function sumOfDifferences(ir: Builder32, { n, m }: Sources): I32 {
  const differences = ir.v('i16x8.sub', widened(ir, ir.r(n), shapes.bytes, U), widened(ir, ir.r(m), shapes.bytes, U));
  const pairs = ir.v('i32x4.extadd_pairwise_i16x8_u', ir.v('i16x8.abs', differences));
  return ir.add(ir.lane32('i32x4', pairs, 0), ir.lane32('i32x4', pairs, 1));
}

export const parallelLift = {
  SADD16: add16(S),
  SASX: asx(S),
  SSAX: sax(S),
  SSUB16: sub16(S),
  SADD8: add8(S),
  SSUB8: sub8(S),
  QADD16: add16(Q),
  QASX: asx(Q),
  QSAX: sax(Q),
  QSUB16: sub16(Q),
  QADD8: add8(Q),
  QSUB8: sub8(Q),
  SHADD16: add16(SH),
  SHASX: asx(SH),
  SHSAX: sax(SH),
  SHSUB16: sub16(SH),
  SHADD8: add8(SH),
  SHSUB8: sub8(SH),
  UADD16: add16(U),
  UASX: asx(U),
  USAX: sax(U),
  USUB16: sub16(U),
  UADD8: add8(U),
  USUB8: sub8(U),
  UQADD16: add16(UQ),
  UQASX: asx(UQ),
  UQSAX: sax(UQ),
  UQSUB16: sub16(UQ),
  UQADD8: add8(UQ),
  UQSUB8: sub8(UQ),
  UHADD16: add16(UH),
  UHASX: asx(UH),
  UHSAX: sax(UH),
  UHSUB16: sub16(UH),
  UHADD8: add8(UH),
  UHSUB8: sub8(UH),

  USAD8: (ir: Builder32, f: Sources): Flow => {
    ir.setR(f.d, sumOfDifferences(ir, f));
    return 'next';
  },
  USADA8: (ir: Builder32, f: Sources & { readonly a: number }): Flow => {
    ir.setR(f.d, ir.add(ir.r(f.a), sumOfDifferences(ir, f)));
    return 'next';
  },
  /** Each byte is Rn's or Rm's, by its bit of GE. */
  SEL: (ir: Builder32, { d, n, m }: Sources): Flow => {
    const bitOfEachByte = ir.and(ir.mul(ir.ge(), ir.i32(0x0020_4081)), ir.i32(0x0101_0101));
    const mask = ir.mul(bitOfEachByte, ir.i32(0xff));
    ir.setR(d, ir.or(ir.and(ir.r(n), mask), ir.and(ir.r(m), ir.not(mask))));
    return 'next';
  },
} as const;
