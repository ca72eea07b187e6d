// Whether the host's result is exact: then it raises no flag, and needs no more. F is f32 or f64.
import { exponentOf } from './float-format';

/** x × y + z as relaxed SIMD has it: with one rounding or with two, whichever the host is faster at. */
// @ts-ignore: decorator
@inline
export function hostMulAdd<F>(x: F, y: F, z: F): F {
  const sum = v128.relaxed_madd<F>(v128.splat<F>(x), v128.splat<F>(y), v128.splat<F>(z));
  return v128.extract_lane<F>(sum, 0);
}
/** The host rounds once: with two roundings, (1 + 2^-30)(1 - 2^-30) - 1 and the like in singles would be 0. */
export const hostFuses: bool =
  hostMulAdd<f64>(1.000000000931322574615478515625, 0.999999999068677425384521484375, -1) != 0 &&
  hostMulAdd<f32>(1.000030517578125, 0.999969482421875, -1) != 0;

/** x + y - s, exactly, where s is their finite rounded sum (Knuth's TwoSum). */
// @ts-ignore: decorator
@inline
export function sumError<F>(x: F, y: F, s: F): F {
  const t = s - x;
  return x - (s - t) + (y - t);
}

/** Products below this exponent may have an error below the least denormal. */
const ERROR_EXPONENT_MIN = -900;

/** The normal product p of x and y is exact. Of doubles where the host rounds a fused operation once. */
// @ts-ignore: decorator
@inline
export function isExactProduct<F>(x: F, y: F, p: F): bool {
  if (sizeof<F>() == 4) return <f64>x * <f64>y == <f64>p;
  const high = exponentOf<u64>(reinterpret<u64>(<f64>p)) >= ERROR_EXPONENT_MIN;
  return hostFuses && high && hostMulAdd<f64>(<f64>x, <f64>y, -(<f64>p)) == 0;
}

/** The normal result r of x × y + z with one rounding is exact: false too where that cannot be told. */
export function isExactMulAdd<F>(x: F, y: F, z: F, r: F): bool {
  if (sizeof<F>() == 4) {
    const p = <f64>x * <f64>y;
    const s = p + <f64>z;
    return sumError<f64>(p, <f64>z, s) == 0 && s == <f64>r;
  }
  // Of a product that has an error itself, the sum is hardly ever exact.
  const p = <f64>x * <f64>y;
  if (!isExactProduct<f64>(<f64>x, <f64>y, p)) return false;
  return p + <f64>z == <f64>r && sumError<f64>(p, <f64>z, <f64>r) == 0;
}
