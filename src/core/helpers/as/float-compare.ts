// Comparisons (Arm ARM DDI 0487, FPCompare, FPCompareEQ, FPCompareGE, FPCompareGT).
import { isBelow } from './float-arithmetic';
import { flushInput, IOC, isNaN_, isSignalling, raise } from './float-format';

/** NZCV in bits 31:28. */
export function compare<T>(a: T, b: T, signalling: bool, fpcr: u32): u32 {
  a = flushInput<T>(a, fpcr);
  b = flushInput<T>(b, fpcr);
  if (isNaN_<T>(a) || isNaN_<T>(b)) {
    if (signalling || isSignalling<T>(a) || isSignalling<T>(b)) raise(IOC);
    return 0x30000000;
  }
  if (isBelow<T>(a, b)) return 0x80000000;
  return isBelow<T>(b, a) ? 0x20000000 : 0x60000000;
}

export function isEqual<T>(a: T, b: T, fpcr: u32): bool {
  return compare<T>(a, b, false, fpcr) == 0x60000000;
}

/** a > b, or a ≥ b. */
export function isGreater<T>(a: T, b: T, orEqual: bool, fpcr: u32): bool {
  const nzcv = compare<T>(a, b, true, fpcr);
  return nzcv == 0x20000000 || (orEqual && nzcv == 0x60000000);
}
