// Conversions between formats and integers, and rounding to integral (Arm ARM DDI 0487, FPConvert, FPToFixed, FixedToFP, FPRoundInt).
import { FPSR } from '../../state/cells';
import {
  DETAIL_EXACT,
  DETAIL_FRACTION_AT,
  DETAIL_INT16,
  DETAIL_INT64,
  DETAIL_UNSIGNED,
  ROUND_DOWN,
  ROUND_FPCR,
  ROUND_TIE_AWAY,
  ROUND_TIE_EVEN,
  ROUND_UP,
} from '../float-codes';
import {
  AHP,
  DN,
  exponentOf,
  flushInput,
  fractionBits,
  infinity,
  IOC,
  isInfinite,
  isNaN_,
  isNegative,
  isPlainResult,
  isSignalling,
  isZero,
  IXC,
  magnitude,
  processNaN,
  raise,
  roundIn,
  roundingOf,
  roundMagnitude,
  signBit,
  significandOf,
} from './float-format';

/** A double rounded to integral, where that is the host's work: all but FPRounding_ODD. */
function integral(x: f64, rounding: u32): f64 {
  switch (rounding) {
    case ROUND_TIE_EVEN:
      return nearest<f64>(x);
    case ROUND_UP:
      return ceil<f64>(x);
    case ROUND_DOWN:
      return floor<f64>(x);
    case ROUND_TIE_AWAY: {
      const t = trunc<f64>(x);
      return abs<f64>(x - t) >= 0.5 ? t + copysign<f64>(1, x) : t;
    }
    default:
      return trunc<f64>(x);
  }
}

// @ts-ignore: decorator
@inline
function toDouble<T>(a: T): f64 {
  return sizeof<T>() == 8 ? reinterpret<f64>(<u64>a) : <f64>reinterpret<f32>(<u32>a);
}

/** FPRoundInt, FPRoundIntExact: FRINTx. */
export function roundInt<T>(a: T, detail: u32, fpcr: u32): T {
  a = flushInput<T>(a, fpcr);
  if (isNaN_<T>(a)) return processNaN<T>(a, fpcr);
  const x = toDouble<T>(a);
  const r = integral(x, roundingOf(detail & 7, fpcr));
  if (detail & DETAIL_EXACT && r != x) raise(IXC);
  // A zero keeps the operand's sign. An integral value near a single is a single.
  const bits = sizeof<T>() == 8 ? <T>reinterpret<u64>(r) : <T>reinterpret<u32>(<f32>r);
  return magnitude<T>(bits) | (a & signBit<T>());
}

/** FPToFixed: to 64, 32 or 16 bits, saturating. The shorter ones are extended to 32 bits by their sign, then by zeros. */
export function toInt<T>(a: T, detail: u32, fpcr: u32): u64 {
  a = flushInput<T>(a, fpcr);
  if (isNaN_<T>(a)) {
    raise(IOC);
    return 0;
  }
  // Scaling by a power of two is exact, or overflows to what saturates as well; a denormal has no fraction bits to lose.
  const scale = reinterpret<f64>((<u64>(1023 + ((detail >> DETAIL_FRACTION_AT) & 127))) << 52);
  const x = toDouble<T>(a) * scale;
  const r = integral(x, roundingOf(detail & 7, fpcr));
  const wide = (detail & DETAIL_INT64) != 0;
  const narrow = (detail & DETAIL_INT16) != 0;
  if (detail & DETAIL_UNSIGNED) {
    const limit: f64 = wide ? 18446744073709551616.0 : narrow ? 65536.0 : 4294967296.0;
    if (r < 0 || r >= limit) {
      raise(IOC);
      return r < 0 ? 0 : wide ? u64.MAX_VALUE : <u64>limit - 1;
    }
    if (r != x) raise(IXC);
    return <u64>r;
  }
  const limit: f64 = wide ? 9223372036854775808.0 : narrow ? 32768.0 : 2147483648.0;
  if (r >= limit || r < -limit) {
    raise(IOC);
    const most = <u64>limit - 1;
    return r >= 0 ? most : wide ? ~most : <u64>(<u32>~most);
  }
  if (r != x) raise(IXC);
  return wide ? <u64>(<i64>r) : <u64>(<u32>(<i32>r));
}

/** FixedToFP, from a number already extended to 64 bits. */
export function fromInt<T>(value: u64, detail: u32, fpcr: u32): T {
  if (value == 0) return 0;
  const negative = !(detail & DETAIL_UNSIGNED) && <i64>value < 0;
  const m = negative ? 0 - value : value;
  const rounding = roundingOf(detail & 7, fpcr);
  const exact = 64 - <i32>clz<u64>(m) - <i32>ctz<u64>(m) <= fractionBits<T>() + 1;
  let r: T;
  if (exact || rounding == ROUND_TIE_EVEN) {
    if (!exact) raise(IXC);
    if (sizeof<T>() == 8) r = <T>reinterpret<u64>(negative ? <f64>(<i64>value) : <f64>value);
    else r = <T>reinterpret<u32>(negative ? <f32>(<i64>value) : <f32>value);
  } else r = roundIn<T>(negative, 62, m, rounding, fpcr);
  // No power of two up to 2^64 makes it denormal.
  return r - <T>((<T>((detail >> DETAIL_FRACTION_AT) & 127)) << <T>fractionBits<T>());
}

export function singleToDouble(a: u32, fpcr: u32): u64 {
  a = flushInput<u32>(a, fpcr);
  if (!isNaN_<u32>(a)) return reinterpret<u64>(<f64>reinterpret<f32>(a));
  if (isSignalling<u32>(a)) raise(IOC);
  if (fpcr & DN) return 0x7ff8000000000000;
  return ((<u64>(a & 0x80000000)) << 32) | 0x7ff8000000000000 | ((<u64>(a & 0x3fffff)) << 29);
}

export function doubleToSingle(a: u64, mode: u32, fpcr: u32): u32 {
  const rounding = roundingOf(mode, fpcr);
  if (rounding == ROUND_TIE_EVEN) {
    const x = reinterpret<f64>(a);
    const r = <f32>x;
    if (isPlainResult<u32>(reinterpret<u32>(r))) {
      if (<f64>r != x) raise(IXC);
      return reinterpret<u32>(r);
    }
  }
  a = flushInput<u64>(a, fpcr);
  const sign = <u32>(a >> 32) & 0x80000000;
  if (isNaN_<u64>(a)) {
    if (isSignalling<u64>(a)) raise(IOC);
    return fpcr & DN ? 0x7fc00000 : sign | 0x7fc00000 | (<u32>(a >> 29) & 0x3fffff);
  }
  if (isInfinite<u64>(a)) return sign | 0x7f800000;
  if (isZero<u64>(a)) return sign;
  return roundIn<u32>(sign != 0, exponentOf<u64>(a), significandOf<u64>(a), rounding, fpcr);
}

/** FPConvert from binary16, or from the alternative half-precision format by FPCR.AHP. FPCR.FZ does not concern halves. */
export function halfTo<T>(a: u32, fpcr: u32): T {
  const sign = a & 0x8000 ? signBit<T>() : <T>0;
  const exponent = (a >> 10) & 31;
  const fraction = a & 0x3ff;
  const place = fractionBits<T>() - 10;
  if (exponent == 31 && !(fpcr & AHP)) {
    if (fraction == 0) return sign | infinity<T>();
    // The payload goes to the top of the wider fraction, made quiet.
    return processNaN<T>(sign | infinity<T>() | <T>((<T>fraction) << <T>place), fpcr);
  }
  if (exponent) {
    const biased = <i32>exponent - 15 + (sizeof<T>() == 8 ? 1023 : 127);
    return sign | <T>((<T>((<u32>biased << 10) | fraction)) << <T>place);
  }
  if (fraction == 0) return sign;
  return roundIn<T>(sign != 0, 62 - 24, <u64>fraction, ROUND_TIE_EVEN, fpcr);
}

/** FPConvert to binary16 or the alternative format. */
export function toHalf<T>(a: T, fpcr: u32): u32 {
  a = flushInput<T>(a, fpcr);
  const sign: u32 = isNegative<T>(a) ? 0x8000 : 0;
  if (isNaN_<T>(a)) {
    if (fpcr & AHP) {
      raise(IOC);
      return sign;
    }
    if (isSignalling<T>(a)) raise(IOC);
    return fpcr & DN ? 0x7e00 : sign | 0x7e00 | (<u32>(a >> <T>(fractionBits<T>() - 10)) & 0x1ff);
  }
  if (isInfinite<T>(a)) {
    if (!(fpcr & AHP)) return sign | 0x7c00;
    raise(IOC);
    return sign | 0x7fff;
  }
  if (isZero<T>(a)) return sign;
  const exponent = exponentOf<T>(a);
  const significand = significandOf<T>(a);
  const mode = roundingOf(ROUND_FPCR, fpcr);
  if (!(fpcr & AHP)) return sign | <u32>roundMagnitude(sign != 0, exponent, significand, mode, false, 10, 15);
  // The alternative format has no infinity: one binade more, then an invalid operation that saturates.
  if (exponent > 16) {
    raise(IOC);
    return sign | 0x7fff;
  }
  const flags = load<u32>(FPSR);
  const m = <u32>roundMagnitude(sign != 0, exponent - (exponent > 14 ? 8 : 0), significand, mode, false, 10, 15);
  const result = exponent > 14 ? m + (8 << 10) : m;
  if (result <= 0x7fff) return sign | result;
  store<u32>(FPSR, flags | IOC);
  return sign | 0x7fff;
}
