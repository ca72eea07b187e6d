// Formats, NaNs, rounding and cumulative flags of Arm floating point (Arm ARM DDI 0487, J1.3 "shared/functions/float").
// T is the bit pattern: u32 of binary32, u64 of binary64. `fpcr` is the control an operation runs under: the cell FPCR,
// or AArch32's standard value. Flags accumulate in the cell FPSR.
import { FPSR } from '../../state/cells';
import { ROUND_DOWN, ROUND_FPCR, ROUND_ODD, ROUND_TIE_AWAY, ROUND_TIE_EVEN, ROUND_UP } from '../float-codes';

export const IOC: u32 = 1 << 0;
export const DZC: u32 = 1 << 1;
export const OFC: u32 = 1 << 2;
export const UFC: u32 = 1 << 3;
export const IXC: u32 = 1 << 4;
export const IDC: u32 = 1 << 7;
export const RMODE: u32 = 3 << 22;
export const FZ: u32 = 1 << 24;
export const DN: u32 = 1 << 25;
export const AHP: u32 = 1 << 26;

// @ts-ignore: decorator
@inline
export function raise(flags: u32): void {
  store<u32>(FPSR, load<u32>(FPSR) | flags);
}

/** Rounds as the host does: to nearest. */
// @ts-ignore: decorator
@inline
export function nearest(fpcr: u32): bool {
  return !(fpcr & RMODE);
}
/** There is nothing left to learn of inexactness. */
// @ts-ignore: decorator
@inline
export function inexactKnown(): bool {
  return (load<u32>(FPSR) & IXC) != 0;
}
/** Rounds to nearest, with nothing left to learn of inexactness: then the host's operation with a normal result is Arm's. */
// @ts-ignore: decorator
@inline
export function plain(fpcr: u32): bool {
  return nearest(fpcr) && inexactKnown();
}

// @ts-ignore: decorator
@inline
export function roundingOf(mode: u32, fpcr: u32): u32 {
  return mode == ROUND_FPCR ? (fpcr >> 22) & 3 : mode;
}

// @ts-ignore: decorator
@inline
export function fractionBits<T>(): i32 {
  return sizeof<T>() == 8 ? 52 : 23;
}
// @ts-ignore: decorator
@inline
export function bias<T>(): i32 {
  return sizeof<T>() == 8 ? 1023 : 127;
}
// @ts-ignore: decorator
@inline
export function exponentMax<T>(): i32 {
  return sizeof<T>() == 8 ? 2047 : 255;
}
// @ts-ignore: decorator
@inline
export function signBit<T>(): T {
  return <T>((<T>1) << (<T>(sizeof<T>() * 8 - 1)));
}
// @ts-ignore: decorator
@inline
export function infinity<T>(): T {
  return <T>((<T>exponentMax<T>()) << <T>fractionBits<T>());
}
// @ts-ignore: decorator
@inline
export function quietBit<T>(): T {
  return <T>((<T>1) << <T>(fractionBits<T>() - 1));
}
// @ts-ignore: decorator
@inline
export function defaultNaN<T>(): T {
  return infinity<T>() | quietBit<T>();
}
/** FPTwo, FPThree and so on: a small power of two times 1 or 1.5. */
// @ts-ignore: decorator
@inline
export function constant<T>(exponent: i32, threeHalves: bool): T {
  const top = <T>((<T>(bias<T>() + exponent)) << <T>fractionBits<T>());
  return threeHalves ? top | quietBit<T>() : top;
}

// @ts-ignore: decorator
@inline
export function isNegative<T>(a: T): bool {
  return (a & signBit<T>()) != 0;
}
// @ts-ignore: decorator
@inline
export function magnitude<T>(a: T): T {
  return a & ~signBit<T>();
}
// @ts-ignore: decorator
@inline
export function isNaN_<T>(a: T): bool {
  return magnitude<T>(a) > infinity<T>();
}
// @ts-ignore: decorator
@inline
export function isSignalling<T>(a: T): bool {
  return isNaN_<T>(a) && !(a & quietBit<T>());
}
// @ts-ignore: decorator
@inline
export function isInfinite<T>(a: T): bool {
  return magnitude<T>(a) == infinity<T>();
}
// @ts-ignore: decorator
@inline
export function isZero<T>(a: T): bool {
  return magnitude<T>(a) == 0;
}
// @ts-ignore: decorator
@inline
export function isDenormal<T>(a: T): bool {
  return magnitude<T>(a) - 1 < <T>(((<T>1) << <T>fractionBits<T>()) - 1);
}

/** A normal number with room below, so that no rounding of a smaller one could have made it: not tiny, not overflown. */
// @ts-ignore: decorator
@inline
export function isPlainResult<T>(a: T): bool {
  const least = <T>((<T>2) << <T>fractionBits<T>());
  return magnitude<T>(a) - least < infinity<T>() - least;
}

/** FPUnpack's flushing of denormal inputs. */
// @ts-ignore: decorator
@inline
export function flushInput<T>(a: T, fpcr: u32): T {
  if (fpcr & FZ && isDenormal<T>(a)) {
    raise(IDC);
    return a & signBit<T>();
  }
  return a;
}

/** FPProcessNaN. */
export function processNaN<T>(a: T, fpcr: u32): T {
  if (isSignalling<T>(a)) raise(IOC);
  return fpcr & DN ? defaultNaN<T>() : a | quietBit<T>();
}

/** FPProcessNaNs, where one of the operands is a NaN: signalling ones first, then the first operand. */
export function processNaNs<T>(a: T, b: T, fpcr: u32): T {
  if (isSignalling<T>(a)) return processNaN<T>(a, fpcr);
  if (isSignalling<T>(b)) return processNaN<T>(b, fpcr);
  return processNaN<T>(isNaN_<T>(a) ? a : b, fpcr);
}

export function invalid<T>(): T {
  raise(IOC);
  return defaultNaN<T>();
}

/** Unbiased exponent of a finite number other than zero, as if it were normalised. */
export function exponentOf<T>(a: T): i32 {
  const biased = <i32>(magnitude<T>(a) >> <T>fractionBits<T>());
  if (biased) return biased - bias<T>();
  return 1 - bias<T>() - (<i32>clz<T>(magnitude<T>(a)) - (<i32>sizeof<T>() * 8 - 1 - fractionBits<T>()));
}

/** Its significand, the leading one at bit 62. */
export function significandOf<T>(a: T): u64 {
  const m = <u64>(a & <T>(((<T>1) << <T>fractionBits<T>()) - 1));
  if (magnitude<T>(a) >> <T>fractionBits<T>()) return (m | ((<u64>1) << fractionBits<T>())) << (62 - fractionBits<T>());
  return m << (clz<u64>(m) - 1);
}

/** Shift right by any amount, with the bits shifted out ORed into bit 0. */
export function shiftRightJam(a: u64, by: i32): u64 {
  if (by <= 0) return a;
  if (by > 63) return <u64>(a != 0);
  return (a >> by) | <u64>((a << (64 - by)) != 0);
}

/** Does a magnitude whose dropped part is `rest` (`half` is half a unit) round away from zero? */
// @ts-ignore: decorator
@inline
export function roundsAway(mode: u32, negative: bool, odd: bool, rest: u64, half: u64): bool {
  switch (mode) {
    case ROUND_TIE_EVEN:
      return rest > half || (rest == half && odd);
    case ROUND_UP:
      return rest != 0 && !negative;
    case ROUND_DOWN:
      return rest != 0 && negative;
    case ROUND_TIE_AWAY:
      return rest >= half;
    case ROUND_ODD:
      return rest != 0 && !odd;
    default:
      return false;
  }
}

/**
 * FPRound of significand × 2^(exponent - 62), whose leading one is at bit 62 and whose bit 0 is sticky, into a format. The
 * result has no sign bit. Tininess is found before rounding; `flush` flushes tiny results.
 */
export function roundMagnitude(
  negative: bool,
  exponent: i32,
  significand: u64,
  mode: u32,
  flush: bool,
  fraction: i32,
  bias_: i32,
): u64 {
  let biased = exponent + bias_;
  let tiny = false;
  if (biased < 1) {
    if (flush) {
      raise(UFC);
      return 0;
    }
    significand = shiftRightJam(significand, 1 - biased);
    biased = 1;
    tiny = true;
  }
  const drop = 62 - fraction;
  const rest = significand & (((<u64>1) << drop) - 1);
  let kept = significand >> drop;
  if (roundsAway(mode, negative, (kept & 1) != 0, rest, (<u64>1) << (drop - 1))) kept++;
  const result = ((<u64>(biased - 1)) << fraction) + kept;
  if (result >> fraction >= <u64>(2 * bias_ + 1)) {
    raise(OFC | IXC);
    const inf = (<u64>(2 * bias_ + 1)) << fraction;
    const toInfinity =
      mode == ROUND_TIE_EVEN ||
      mode == ROUND_TIE_AWAY ||
      (mode == ROUND_UP && !negative) ||
      (mode == ROUND_DOWN && negative);
    return toInfinity ? inf : inf - 1;
  }
  if (rest) raise(tiny ? UFC | IXC : IXC);
  return result;
}

/** FPRound of any significand but 0, its bit 0 sticky if its leading one is above bit 62: significand × 2^(exponent - 62). */
export function roundIn<T>(negative: bool, exponent: i32, significand: u64, mode: u32, fpcr: u32): T {
  const leading = 63 - <i32>clz<u64>(significand);
  significand = leading > 62 ? shiftRightJam(significand, 1) : significand << (62 - leading);
  const m = roundMagnitude(
    negative,
    exponent + leading - 62,
    significand,
    mode,
    (fpcr & FZ) != 0,
    fractionBits<T>(),
    bias<T>(),
  );
  return negative ? <T>m | signBit<T>() : <T>m;
}

/** FPRound by FPCR.RMode. */
export function roundTo<T>(negative: bool, exponent: i32, significand: u64, fpcr: u32): T {
  return roundIn<T>(negative, exponent, significand, (fpcr >> 22) & 3, fpcr);
}

/** The sign of an exact zero sum of numbers that are not zeros of one sign. */
// @ts-ignore: decorator
@inline
export function zeroSum<T>(fpcr: u32): T {
  return (fpcr & RMODE) >> 22 == ROUND_DOWN ? signBit<T>() : <T>0;
}
