// Fused multiply-add and the Newton steps built on it (Arm ARM DDI 0487, FPMulAdd, FPRecipStepFused, FPRSqrtStepFused).
import {
  constant,
  exponentOf,
  flushInput,
  fractionBits,
  FZ,
  inexactKnown,
  infinity,
  invalid,
  isDenormal,
  isInfinite,
  isNaN_,
  isNegative,
  isPlainResult,
  isSignalling,
  isZero,
  magnitude,
  nearest,
  processNaN,
  processNaNs,
  roundTo,
  shiftRightJam,
  signBit,
  significandOf,
  zeroSum,
} from './float-format';
import { hostFuses, hostMulAdd, isExactMulAdd } from './float-exact';

// A 128-bit number in two halves: the result of the functions below that say so.
let high: u64 = 0;
let low: u64 = 0;

/** high:low = a × b. */
function multiplyWide(a: u64, b: u64): void {
  const al = a & 0xffffffff;
  const ah = a >> 32;
  const bl = b & 0xffffffff;
  const bh = b >> 32;
  const lowest = al * bl;
  const mid = ah * bl + (lowest >> 32);
  const mid2 = al * bh + (mid & 0xffffffff);
  high = ah * bh + (mid >> 32) + (mid2 >> 32);
  low = (mid2 << 32) | (lowest & 0xffffffff);
}

/** Shifts high:low right, ORing what is lost into bit 0. */
function shiftWideJam(by: i32): void {
  if (by >= 128) {
    low = <u64>((high | low) != 0);
    high = 0;
  } else if (by >= 64) {
    const sticky = <u64>(low != 0);
    low = shiftRightJam(high, by - 64) | sticky;
    high = 0;
  } else if (by > 0) {
    const sticky = <u64>((low << (64 - by)) != 0);
    low = (low >> by) | (high << (64 - by)) | sticky;
    high >>= by;
  }
}

/** a × b + c by the host's arithmetic, or 0 where that is not known to be right with no flag to set. */
function fusedPlain<T>(c: T, a: T, b: T, fpcr: u32): T {
  if (!hostFuses || !nearest(fpcr)) return 0;
  if (fpcr & FZ && (isDenormal<T>(a) || isDenormal<T>(b) || isDenormal<T>(c))) return 0;
  if (sizeof<T>() == 8) {
    const x = reinterpret<f64>(<u64>a);
    const y = reinterpret<f64>(<u64>b);
    const z = reinterpret<f64>(<u64>c);
    const sum = hostMulAdd<f64>(x, y, z);
    const r = <T>reinterpret<u64>(sum);
    return isPlainResult<T>(r) && (inexactKnown() || isExactMulAdd<f64>(x, y, z, sum)) ? r : 0;
  }
  const x = reinterpret<f32>(<u32>a);
  const y = reinterpret<f32>(<u32>b);
  const z = reinterpret<f32>(<u32>c);
  const sum = hostMulAdd<f32>(x, y, z);
  const r = <T>reinterpret<u32>(sum);
  return isPlainResult<T>(r) && (inexactKnown() || isExactMulAdd<f32>(x, y, z, sum)) ? r : 0;
}

/** FPMulAdd: c + a × b. */
export function mulAdd<T>(c: T, a: T, b: T, fpcr: u32): T {
  const r = fusedPlain<T>(c, a, b, fpcr);
  return r ? r : fusedSoft<T>(c, a, b, 0, fpcr);
}

/** FPProcessNaNs3, and the invalid product beside a quiet NaN as addend. */
function fusedNaN<T>(c: T, a: T, b: T, fpcr: u32): T {
  if (isSignalling<T>(c)) return processNaN<T>(c, fpcr);
  if (isSignalling<T>(a) || isSignalling<T>(b)) return processNaNs<T>(a, b, fpcr);
  if (isNaN_<T>(c)) {
    if ((isInfinite<T>(a) && isZero<T>(b)) || (isZero<T>(a) && isInfinite<T>(b))) return invalid<T>();
    return processNaN<T>(c, fpcr);
  }
  return processNaNs<T>(a, b, fpcr);
}

/** (c + a × b) × 2^scale. */
function fusedSoft<T>(c: T, a: T, b: T, scale: i32, fpcr: u32): T {
  c = flushInput<T>(c, fpcr);
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(c) || isNaN_<T>(a) || isNaN_<T>(b)) return fusedNaN<T>(c, a, b, fpcr);
  const productSign = (a ^ b) & signBit<T>();
  const opposed = isNegative<T>(productSign ^ c);
  if (isInfinite<T>(a) || isInfinite<T>(b)) {
    if (isZero<T>(a) || isZero<T>(b) || (isInfinite<T>(c) && opposed)) return invalid<T>();
    return productSign | infinity<T>();
  }
  if (isInfinite<T>(c)) return c;
  if (isZero<T>(a) || isZero<T>(b)) {
    if (isZero<T>(c)) return opposed ? zeroSum<T>(fpcr) : c;
    return roundTo<T>(isNegative<T>(c), exponentOf<T>(c) + scale, significandOf<T>(c), fpcr);
  }
  let negative = productSign != 0;
  // Both terms as 128-bit numbers × 2^(exponent - 124).
  let exponent = exponentOf<T>(a) + exponentOf<T>(b);
  multiplyWide(significandOf<T>(a), significandOf<T>(b));
  if (!isZero<T>(c)) {
    const productHigh = high;
    const productLow = low;
    const s = significandOf<T>(c);
    const distance = exponent - exponentOf<T>(c);
    high = s >> 2;
    low = s << 62;
    if (distance > 0) shiftWideJam(distance);
    const addendHigh = high;
    const addendLow = low;
    high = productHigh;
    low = productLow;
    if (distance < 0) {
      shiftWideJam(-distance);
      exponent -= distance;
    }
    if (!opposed) {
      low += addendLow;
      high += addendHigh + <u64>(low < addendLow);
    } else {
      const less = high < addendHigh || (high == addendHigh && low < addendLow);
      const borrow = <u64>(less ? addendLow < low : low < addendLow);
      high = less ? addendHigh - high - borrow : high - addendHigh - borrow;
      low = less ? addendLow - low : low - addendLow;
      if (less) negative = !negative;
      if ((high | low) == 0) return zeroSum<T>(fpcr);
    }
  }
  exponent += scale;
  if (high == 0) return roundTo<T>(negative, exponent - 62, low, fpcr);
  const by = <i32>clz<u64>(high) - 1;
  const significand = by ? (high << by) | (low >> (64 - by)) : high;
  return roundTo<T>(negative, exponent + 2 - by, significand | <u64>(low << by != 0), fpcr);
}

/** FRECPS: 2 - a × b. */
export function recipStep<T>(a: T, b: T, fpcr: u32): T {
  a ^= signBit<T>();
  const two = constant<T>(1, false);
  return isSpecialStep<T>(a, b) ? specialStep<T>(a, b, two, fpcr) : mulAdd<T>(two, a, b, fpcr);
}

/** FRSQRTS: (3 - a × b) / 2. */
export function rsqrtStep<T>(a: T, b: T, fpcr: u32): T {
  a ^= signBit<T>();
  if (isSpecialStep<T>(a, b)) return specialStep<T>(a, b, constant<T>(0, true), fpcr);
  const three = constant<T>(1, true);
  const r = fusedPlain<T>(three, a, b, fpcr);
  // 3 - a × b is far above the denormals, so that halving is exact.
  return r ? r - <T>((<T>1) << <T>fractionBits<T>()) : fusedSoft<T>(three, a, b, -1, fpcr);
}

// @ts-ignore: decorator
@inline
function isSpecialStep<T>(a: T, b: T): bool {
  return magnitude<T>(a) >= infinity<T>() || magnitude<T>(b) >= infinity<T>();
}

/** A step with an infinity or a NaN; infinity times zero counts as zero. */
function specialStep<T>(a: T, b: T, atZero: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(a) || isNaN_<T>(b)) return processNaNs<T>(a, b, fpcr);
  if (isZero<T>(a) || isZero<T>(b)) return atZero;
  return ((a ^ b) & signBit<T>()) | infinity<T>();
}
