// Add, subtract, multiply, divide, square root, maximum and minimum (Arm ARM DDI 0487, FPAdd and so on). Each first tries
// the host's own operation, which rounds to nearest: see `plain`.
import {
  constant,
  DZC,
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
  isZero,
  magnitude,
  nearest,
  plain,
  processNaN,
  processNaNs,
  quietBit,
  raise,
  roundTo,
  shiftRightJam,
  signBit,
  significandOf,
  zeroSum,
} from './float-format';
import { isExactProduct, sumError } from './float-exact';

/** Inputs that flushing does not change. */
// @ts-ignore: decorator
@inline
function unflushed<T>(a: T, b: T, fpcr: u32): bool {
  return !(fpcr & FZ) || (!isDenormal<T>(a) && !isDenormal<T>(b));
}

/** The host's sum, or 0 where that is not known to be right with no flag to set; a zero sum is exact. */
// @ts-ignore: decorator
@inline
function addPlain<T>(a: T, b: T): T {
  if (sizeof<T>() == 8) {
    const x = reinterpret<f64>(<u64>a);
    const y = reinterpret<f64>(<u64>b);
    const s = x + y;
    const r = <T>reinterpret<u64>(s);
    return isPlainResult<T>(r) && (inexactKnown() || sumError<f64>(x, y, s) == 0) ? r : 0;
  }
  const x = reinterpret<f32>(<u32>a);
  const y = reinterpret<f32>(<u32>b);
  const s = x + y;
  const r = <T>reinterpret<u32>(s);
  return isPlainResult<T>(r) && (inexactKnown() || sumError<f32>(x, y, s) == 0) ? r : 0;
}

export function add<T>(a: T, b: T, fpcr: u32): T {
  if (nearest(fpcr) && unflushed<T>(a, b, fpcr)) {
    const r = addPlain<T>(a, b);
    if (r) return r;
  }
  return addSoft<T>(a, b, fpcr);
}

function addSoft<T>(a: T, b: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(a) || isNaN_<T>(b)) return processNaNs<T>(a, b, fpcr);
  const opposed = isNegative<T>(a ^ b);
  if (isInfinite<T>(a)) return opposed && isInfinite<T>(b) ? invalid<T>() : a;
  if (isInfinite<T>(b)) return b;
  if (isZero<T>(b)) return isZero<T>(a) && opposed ? zeroSum<T>(fpcr) : a;
  if (isZero<T>(a)) return b;
  if (magnitude<T>(a) < magnitude<T>(b)) {
    const t = a;
    a = b;
    b = t;
  }
  const exponent = exponentOf<T>(a);
  const lesser = shiftRightJam(significandOf<T>(b), exponent - exponentOf<T>(b));
  const greater = significandOf<T>(a);
  const sum = opposed ? greater - lesser : greater + lesser;
  if (sum == 0) return zeroSum<T>(fpcr);
  return roundTo<T>(isNegative<T>(a), exponent, sum, fpcr);
}

export function sub<T>(a: T, b: T, fpcr: u32): T {
  if (nearest(fpcr) && unflushed<T>(a, b, fpcr)) {
    const r = addPlain<T>(a, b ^ signBit<T>());
    if (r) return r;
  }
  // A NaN operand keeps its sign (FPSub).
  return addSoft<T>(a, isNaN_<T>(b) ? b : b ^ signBit<T>(), fpcr);
}

export function mul<T>(a: T, b: T, fpcr: u32): T {
  if (nearest(fpcr) && unflushed<T>(a, b, fpcr)) {
    const r = mulPlain<T>(a, b);
    if (r) return r;
  }
  return mulSoft<T>(a, b, fpcr, false);
}

/** The host's product, or 0 as `addPlain`. */
// @ts-ignore: decorator
@inline
function mulPlain<T>(a: T, b: T): T {
  if (sizeof<T>() == 8) {
    const x = reinterpret<f64>(<u64>a);
    const y = reinterpret<f64>(<u64>b);
    const p = x * y;
    const r = <T>reinterpret<u64>(p);
    return isPlainResult<T>(r) && (inexactKnown() || isExactProduct<f64>(x, y, p)) ? r : 0;
  }
  const x = reinterpret<f32>(<u32>a);
  const y = reinterpret<f32>(<u32>b);
  const p = x * y;
  const r = <T>reinterpret<u32>(p);
  return isPlainResult<T>(r) && (inexactKnown() || isExactProduct<f32>(x, y, p)) ? r : 0;
}

/** FMULX: infinity times zero is 2. */
export function mulx<T>(a: T, b: T, fpcr: u32): T {
  return mulSoft<T>(a, b, fpcr, true);
}

/** High half of a product; bit 0 is sticky for the low half. */
function multiplyJam(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >> 32;
  const bl = b & 0xffffffff;
  const bh = b >> 32;
  const low = al * bl;
  const mid = ah * bl + (low >> 32);
  const mid2 = al * bh + (mid & 0xffffffff);
  const high = ah * bh + (mid >> 32) + (mid2 >> 32);
  return high | <u64>(((mid2 << 32) | (low & 0xffffffff)) != 0);
}

function mulSoft<T>(a: T, b: T, fpcr: u32, extended: bool): T {
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(a) || isNaN_<T>(b)) return processNaNs<T>(a, b, fpcr);
  const sign = (a ^ b) & signBit<T>();
  if (isInfinite<T>(a) || isInfinite<T>(b)) {
    if (!isZero<T>(a) && !isZero<T>(b)) return sign | infinity<T>();
    return extended ? sign | constant<T>(1, false) : invalid<T>();
  }
  if (isZero<T>(a) || isZero<T>(b)) return sign;
  const exponent = exponentOf<T>(a) + exponentOf<T>(b) + 2;
  return roundTo<T>(sign != 0, exponent, multiplyJam(significandOf<T>(a), significandOf<T>(b)), fpcr);
}

export function div<T>(a: T, b: T, fpcr: u32): T {
  if (plain(fpcr)) {
    const r = sizeof<T>() == 8
      ? <T>reinterpret<u64>(reinterpret<f64>(<u64>a) / reinterpret<f64>(<u64>b))
      : <T>reinterpret<u32>(reinterpret<f32>(<u32>a) / reinterpret<f32>(<u32>b));
    if (isPlainResult<T>(r) && unflushed<T>(a, b, fpcr)) return r;
  }
  return divSoft<T>(a, b, fpcr);
}

function divSoft<T>(a: T, b: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(a) || isNaN_<T>(b)) return processNaNs<T>(a, b, fpcr);
  const sign = (a ^ b) & signBit<T>();
  if (isInfinite<T>(a)) return isInfinite<T>(b) ? invalid<T>() : sign | infinity<T>();
  if (isInfinite<T>(b)) return sign;
  if (isZero<T>(b)) {
    if (isZero<T>(a)) return invalid<T>();
    raise(DZC);
    return sign | infinity<T>();
  }
  if (isZero<T>(a)) return sign;
  let exponent = exponentOf<T>(a) - exponentOf<T>(b);
  let rest = significandOf<T>(a);
  const divisor = significandOf<T>(b);
  if (rest < divisor) {
    rest <<= 1;
    exponent--;
  }
  // A quotient in [1, 2): its fraction, a guard bit and some more, then a sticky bit.
  let quotient: u64 = 0;
  const bits = fractionBits<T>() + 3;
  for (let i = 0; i < bits; i++) {
    quotient <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
    rest <<= 1;
  }
  quotient = (quotient << (63 - bits)) | <u64>(rest != 0);
  return roundTo<T>(sign != 0, exponent, quotient, fpcr);
}

export function sqrt<T>(a: T, fpcr: u32): T {
  if (plain(fpcr)) {
    const r = sizeof<T>() == 8
      ? <T>reinterpret<u64>(Math.sqrt(reinterpret<f64>(<u64>a)))
      : <T>reinterpret<u32>(Mathf.sqrt(reinterpret<f32>(<u32>a)));
    if (isPlainResult<T>(r) && unflushed<T>(a, a, fpcr)) return r;
  }
  a = flushInput<T>(a, fpcr);
  if (isNaN_<T>(a)) return processNaN<T>(a, fpcr);
  if (isZero<T>(a)) return a;
  if (isNegative<T>(a)) return invalid<T>();
  if (isInfinite<T>(a)) return a;
  const exponent = exponentOf<T>(a);
  // Radicand in [1, 4), where 1 is 2^58; the root comes a bit a round.
  let rest = significandOf<T>(a) >> (exponent & 1 ? 3 : 4);
  let root: u64 = 0;
  let twice: u64 = 0;
  for (let bit = (<u64>1) << 58; bit; bit >>= 1) {
    const t = twice + bit;
    if (t <= rest) {
      twice = t + bit;
      rest -= t;
      root |= bit;
    }
    rest <<= 1;
  }
  return roundTo<T>(false, exponent >> 1, (root << 4) | <u64>(rest != 0), fpcr);
}

/** Is a below b? Neither is a NaN; zeros are equal. */
// @ts-ignore: decorator
@inline
export function isBelow<T>(a: T, b: T): bool {
  return sizeof<T>() == 8
    ? reinterpret<f64>(<u64>a) < reinterpret<f64>(<u64>b)
    : reinterpret<f32>(<u32>a) < reinterpret<f32>(<u32>b);
}

export function max<T>(a: T, b: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(a) || isNaN_<T>(b)) return processNaNs<T>(a, b, fpcr);
  if (isZero<T>(a) && isZero<T>(b)) return a & b;
  return isBelow<T>(b, a) ? a : b;
}

export function min<T>(a: T, b: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(a) || isNaN_<T>(b)) return processNaNs<T>(a, b, fpcr);
  if (isZero<T>(a) && isZero<T>(b)) return a | b;
  return isBelow<T>(a, b) ? a : b;
}

// @ts-ignore: decorator
@inline
function isQuiet<T>(a: T): bool {
  return isNaN_<T>(a) && (a & quietBit<T>()) != 0;
}

/** FPMaxNum: a quiet NaN gives way to a number. */
export function maxNum<T>(a: T, b: T, fpcr: u32): T {
  const worst = infinity<T>() | signBit<T>();
  const quietA = isQuiet<T>(a);
  const quietB = isQuiet<T>(b);
  return max<T>(quietA && !quietB ? worst : a, quietB && !quietA ? worst : b, fpcr);
}

/** FPMinNum. */
export function minNum<T>(a: T, b: T, fpcr: u32): T {
  const quietA = isQuiet<T>(a);
  const quietB = isQuiet<T>(b);
  return min<T>(quietA && !quietB ? infinity<T>() : a, quietB && !quietA ? infinity<T>() : b, fpcr);
}
