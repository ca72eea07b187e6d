// Reciprocal estimates (Arm ARM DDI 0487, FPRecipEstimate, FPRSqrtEstimate, FPRecpX, UnsignedRecipEstimate, UnsignedRSqrtEstimate).
import { ROUND_DOWN, ROUND_TIE_EVEN, ROUND_UP } from '../float-codes';
import {
  bias,
  DZC,
  exponentMax,
  flushInput,
  fractionBits,
  FZ,
  infinity,
  invalid,
  isInfinite,
  isNaN_,
  isNegative,
  isZero,
  IXC,
  magnitude,
  OFC,
  processNaN,
  raise,
  signBit,
  UFC,
} from './float-format';

/** RecipEstimate: 256..511 to 256..511. */
function recipEstimate(a: u32): u32 {
  return ((1 << 19) / (a * 2 + 1) + 1) >> 1;
}

/** RecipSqrtEstimate: 128..511 to 256..511. */
function rsqrtEstimate(a: u32): u32 {
  a = a < 256 ? a * 2 + 1 : ((a >> 1 << 1) + 1) * 2;
  let b: u32 = 512;
  while (a * (b + 1) * (b + 1) < 1 << 28) b++;
  return (b + 1) >> 1;
}

/** FRECPE. */
export function recip<T>(a: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  if (isNaN_<T>(a)) return processNaN<T>(a, fpcr);
  const sign = a & signBit<T>();
  if (isInfinite<T>(a)) return sign;
  if (isZero<T>(a)) {
    raise(DZC);
    return sign | infinity<T>();
  }
  const m = magnitude<T>(a);
  // Below 2^-(bias + 1) the reciprocal overflows.
  if (m < <T>((<T>1) << <T>(fractionBits<T>() - 2))) {
    raise(OFC | IXC);
    const mode = (fpcr >> 22) & 3;
    const toInfinity = mode == ROUND_TIE_EVEN || mode == (sign ? ROUND_DOWN : ROUND_UP);
    return sign | (toInfinity ? infinity<T>() : infinity<T>() - 1);
  }
  let exponent = <i32>(m >> <T>fractionBits<T>());
  // The result would be denormal: 2^(bias - 1) and above.
  if (fpcr & FZ && exponent >= 2 * bias<T>() - 1) {
    raise(UFC);
    return sign;
  }
  // The fraction with its point at bit 52.
  let fraction = (<u64>m << (52 - fractionBits<T>())) & 0xfffffffffffff;
  if (exponent == 0) {
    if (!(fraction >> 51)) {
      exponent = -1;
      fraction <<= 1;
    }
    fraction = (fraction << 1) & 0xfffffffffffff;
  }
  let result = 2 * bias<T>() - 1 - exponent;
  let estimate = (<u64>recipEstimate(256 | <u32>(fraction >> 44)) & 255) << 44;
  if (result == 0) estimate = (estimate >> 1) | (<u64>1 << 51);
  else if (result == -1) {
    estimate = (estimate >> 2) | (<u64>1 << 50);
    result = 0;
  }
  return sign | <T>((<T>result) << <T>fractionBits<T>()) | <T>(estimate >> (52 - fractionBits<T>()));
}

/** FRSQRTE. */
export function rsqrt<T>(a: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  if (isNaN_<T>(a)) return processNaN<T>(a, fpcr);
  if (isZero<T>(a)) {
    raise(DZC);
    return a | infinity<T>();
  }
  if (isNegative<T>(a)) return invalid<T>();
  if (isInfinite<T>(a)) return 0;
  let exponent = <i32>(a >> <T>fractionBits<T>());
  let fraction = (<u64>a << (52 - fractionBits<T>())) & 0xfffffffffffff;
  if (exponent == 0) {
    const leading = <i32>clz<u64>(fraction) - 12;
    exponent = -leading;
    fraction = (fraction << (leading + 1)) & 0xfffffffffffff;
  }
  const scaled = exponent & 1 ? 128 | <u32>(fraction >> 45) : 256 | <u32>(fraction >> 44);
  const result = (3 * bias<T>() - 1 - exponent) >> 1;
  const estimate = (<u64>rsqrtEstimate(scaled) & 255) << 44;
  return <T>((<T>result) << <T>fractionBits<T>()) | <T>(estimate >> (52 - fractionBits<T>()));
}

/** FRECPX. */
export function recpx<T>(a: T, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  if (isNaN_<T>(a)) return processNaN<T>(a, fpcr);
  const exponent = <i32>(magnitude<T>(a) >> <T>fractionBits<T>());
  const result = exponent ? exponentMax<T>() - exponent : exponentMax<T>() - 1;
  return (a & signBit<T>()) | <T>((<T>result) << <T>fractionBits<T>());
}

/** URECPE. */
export function unsignedRecip(a: u32): u32 {
  return a >> 31 ? recipEstimate(a >> 23) << 23 : 0xffffffff;
}

/** URSQRTE. */
export function unsignedRsqrt(a: u32): u32 {
  return a >> 30 ? rsqrtEstimate(a >> 23) << 23 : 0xffffffff;
}
