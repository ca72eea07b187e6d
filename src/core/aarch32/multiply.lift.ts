import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32, I64 } from '../ir/types.ts';
import { signedQuotient, unsignedQuotient } from '../lifting/divide.ts';

// Multiplication and division. Arm ARM DDI 0406C, A5.2.5, A5.2.7, A5.4.4; A6.3.16, A6.3.17.

type Factors = { readonly n: number; readonly m: number };
type Product = Factors & { readonly d: number };
type Accumulated = Product & { readonly a: number };
type Long = Factors & { readonly h: number; readonly l: number };
/** Flags can be set in A32 only. */
type Setting = { readonly s?: number };
/** Which half of Rm, and of Rn: 1 is the top one. */
type HalfOfM = { readonly y: number };
type Halves = HalfOfM & { readonly x: number };
/** Rm's halves exchanged. */
type Exchanged = { readonly x: number };
type Rounded = { readonly r: number };

function set(ir: Builder32, d: number, value: I32): Flow {
  ir.setR(d, value);
  return 'next';
}

/** Multiplications set N and Z alone of the flags. */
function setting(ir: Builder32, { d, s }: Setting & { readonly d: number }, value: I32): Flow {
  if (s) ir.setFlagsLogic32(value);
  return set(ir, d, value);
}

/** The low half of an exact value; Q tells that it is not all of it. */
function settingQ(ir: Builder32, d: number, exact: I64): Flow {
  const value = ir.wrap(exact);
  ir.setQIf(ir.compare('ne', exact, ir.extendS(value)));
  return set(ir, d, value);
}

const product = (ir: Builder32, { n, m }: Factors): I32 => ir.mul(ir.r(n), ir.r(m));
const signedProduct = (ir: Builder32, { n, m }: Factors): I64 => ir.mul(ir.extendS(ir.r(n)), ir.extendS(ir.r(m)));
const unsignedProduct = (ir: Builder32, { n, m }: Factors): I64 => ir.mul(ir.extendU(ir.r(n)), ir.extendU(ir.r(m)));

const halfOf = (ir: Builder32, n: number, top: number): I32 =>
  top ? ir.shrSBy(ir.r(n), 16) : ir.signExtend(ir.r(n), 16);
const productOfHalves = (ir: Builder32, { n, m, x, y }: Factors & Halves): I32 =>
  ir.mul(halfOf(ir, n, x), halfOf(ir, m, y));
/** The upper 32 of the product's 48 bits. */
const productByHalf = (ir: Builder32, { n, m, y }: Factors & HalfOfM): I64 =>
  ir.shrSBy(ir.mul(ir.extendS(ir.r(n)), ir.extendS(halfOf(ir, m, y))), 16);
const bothProducts = (ir: Builder32, { n, m, x }: Factors & Exchanged): readonly [bottom: I64, top: I64] => [
  ir.extendS(productOfHalves(ir, { n, x: 0, m, y: x })),
  ir.extendS(productOfHalves(ir, { n, x: 1, m, y: 1 - x })),
];
const sumOfProducts = (ir: Builder32, f: Factors & Exchanged): I64 => ir.add(...bothProducts(ir, f));
const differenceOfProducts = (ir: Builder32, f: Factors & Exchanged): I64 => ir.sub(...bothProducts(ir, f));

const accumulator = (ir: Builder32, { a }: { readonly a: number }): I64 => ir.extendS(ir.r(a));
const longAccumulator = (ir: Builder32, { h, l }: Long): I64 =>
  ir.or(ir.extendU(ir.r(l)), ir.shlBy(ir.extendU(ir.r(h)), 32));
/** The accumulator above a product of which the high half is wanted. */
const accumulatorAbove = (ir: Builder32, { a }: { readonly a: number }): I64 => ir.shlBy(ir.extendU(ir.r(a)), 32);

/** RdHi:RdLo, with N and Z of all 64 bits where they are set. */
function setLong(ir: Builder32, { h, l, s }: Long & Setting, value: I64): Flow {
  const [low, high] = [ir.wrap(value), ir.wrap(ir.shrUBy(value, 32))];
  if (s) ir.setFlagsLogic32(ir.or(high, ir.compare('ne', low, ir.i32(0))));
  ir.setR(l, low);
  ir.setR(h, high);
  return 'next';
}

function setHigh(ir: Builder32, { d, r }: Rounded & { readonly d: number }, value: I64): Flow {
  const rounded = r ? ir.add(value, ir.i64(0x8000_0000)) : value;
  return set(ir, d, ir.wrap(ir.shrUBy(rounded, 32)));
}

export const multiplyLift = {
  MUL: (ir: Builder32, f: Product & Setting) => setting(ir, f, product(ir, f)),
  MLA: (ir: Builder32, f: Accumulated & Setting) => setting(ir, f, ir.add(ir.r(f.a), product(ir, f))),
  MLS: (ir: Builder32, f: Accumulated) => set(ir, f.d, ir.sub(ir.r(f.a), product(ir, f))),

  UMULL: (ir: Builder32, f: Long & Setting) => setLong(ir, f, unsignedProduct(ir, f)),
  UMLAL: (ir: Builder32, f: Long & Setting) => setLong(ir, f, ir.add(longAccumulator(ir, f), unsignedProduct(ir, f))),
  SMULL: (ir: Builder32, f: Long & Setting) => setLong(ir, f, signedProduct(ir, f)),
  SMLAL: (ir: Builder32, f: Long & Setting) => setLong(ir, f, ir.add(longAccumulator(ir, f), signedProduct(ir, f))),
  /** Both halves are added each by itself, which cannot overflow. */
  UMAAL: (ir: Builder32, f: Long) => {
    const halves = ir.add(ir.extendU(ir.r(f.l)), ir.extendU(ir.r(f.h)));
    return setLong(ir, f, ir.add(unsignedProduct(ir, f), halves));
  },

  SMLAxy: (ir: Builder32, f: Accumulated & Halves) =>
    settingQ(ir, f.d, ir.add(ir.extendS(productOfHalves(ir, f)), accumulator(ir, f))),
  SMULxy: (ir: Builder32, f: Product & Halves) => set(ir, f.d, productOfHalves(ir, f)),
  SMLAWy: (ir: Builder32, f: Accumulated & HalfOfM) =>
    settingQ(ir, f.d, ir.add(productByHalf(ir, f), accumulator(ir, f))),
  SMULWy: (ir: Builder32, f: Product & HalfOfM) => set(ir, f.d, ir.wrap(productByHalf(ir, f))),
  SMLALxy: (ir: Builder32, f: Long & Halves) =>
    setLong(ir, f, ir.add(longAccumulator(ir, f), ir.extendS(productOfHalves(ir, f)))),

  SMLAD: (ir: Builder32, f: Accumulated & Exchanged) =>
    settingQ(ir, f.d, ir.add(sumOfProducts(ir, f), accumulator(ir, f))),
  SMUAD: (ir: Builder32, f: Product & Exchanged) => settingQ(ir, f.d, sumOfProducts(ir, f)),
  SMLSD: (ir: Builder32, f: Accumulated & Exchanged) =>
    settingQ(ir, f.d, ir.add(differenceOfProducts(ir, f), accumulator(ir, f))),
  /** A difference of two products fits. */
  SMUSD: (ir: Builder32, f: Product & Exchanged) => set(ir, f.d, ir.wrap(differenceOfProducts(ir, f))),
  SMLALD: (ir: Builder32, f: Long & Exchanged) => setLong(ir, f, ir.add(longAccumulator(ir, f), sumOfProducts(ir, f))),
  SMLSLD: (ir: Builder32, f: Long & Exchanged) =>
    setLong(ir, f, ir.add(longAccumulator(ir, f), differenceOfProducts(ir, f))),

  SMMLA: (ir: Builder32, f: Accumulated & Rounded) =>
    setHigh(ir, f, ir.add(accumulatorAbove(ir, f), signedProduct(ir, f))),
  SMMUL: (ir: Builder32, f: Product & Rounded) => setHigh(ir, f, signedProduct(ir, f)),
  SMMLS: (ir: Builder32, f: Accumulated & Rounded) =>
    setHigh(ir, f, ir.sub(accumulatorAbove(ir, f), signedProduct(ir, f))),

  SDIV: (ir: Builder32, f: Product) => set(ir, f.d, signedQuotient(ir, ir.r(f.n), ir.r(f.m))),
  UDIV: (ir: Builder32, f: Product) => set(ir, f.d, unsignedQuotient(ir, ir.r(f.n), ir.r(f.m))),
} as const;
