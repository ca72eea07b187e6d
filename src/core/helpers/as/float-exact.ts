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
/** 2^-900. */
const PRODUCT_MIN: f64 = reinterpret<f64>(<u64>(1023 + ERROR_EXPONENT_MIN) << 52);

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
  const p = <f64>x * <f64>y;
  // Of a factor that is zero: r is z then.
  if (p == 0) return x == 0 || y == 0;
  // Of a product that has an error itself, the sum is hardly ever exact.
  if (!isExactProduct<f64>(<f64>x, <f64>y, p)) return false;
  return p + <f64>z == <f64>r && sumError<f64>(p, <f64>z, <f64>r) == 0;
}

// The same of vectors, by all lanes; those of T: u64 for doubles, u32 for singles.

/** Of doubles, a mask by lanes. */
// @ts-ignore: decorator
@inline
function exactSums64(x: v128, y: v128, s: v128): v128 {
  const t = f64x2.sub(s, x);
  const error = f64x2.add(f64x2.sub(x, f64x2.sub(s, t)), f64x2.sub(y, t));
  return f64x2.eq(error, f64x2.splat(0));
}
// @ts-ignore: decorator
@inline
function exactProducts64(x: v128, y: v128, p: v128): v128 {
  const high = f64x2.ge(f64x2.abs(p), f64x2.splat(PRODUCT_MIN));
  return v128.and(high, f64x2.eq(v128.relaxed_madd<f64>(x, y, f64x2.neg(p)), f64x2.splat(0)));
}
/** The two singles in the upper half, as doubles. */
// @ts-ignore: decorator
@inline
function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1));
}
// @ts-ignore: decorator
@inline
function lower(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

/** Every lane's finite sum is exact. */
export function areExactSums<T>(x: v128, y: v128, s: v128): bool {
  if (sizeof<T>() == 8) return i64x2.all_true(exactSums64(x, y, s));
  const t = f32x4.sub(s, x);
  const error = f32x4.add(f32x4.sub(x, f32x4.sub(s, t)), f32x4.sub(y, t));
  return i32x4.all_true(f32x4.eq(error, f32x4.splat(0)));
}
/** Every lane's normal product is exact. */
export function areExactProducts<T>(x: v128, y: v128, p: v128): bool {
  if (sizeof<T>() == 8) return hostFuses && i64x2.all_true(exactProducts64(x, y, p));
  const low = f64x2.eq(f64x2.mul(lower(x), lower(y)), lower(p));
  return i64x2.all_true(v128.and(low, f64x2.eq(f64x2.mul(upper(x), upper(y)), upper(p))));
}
/** Every lane's normal result r of x × y + z with one rounding is exact. */
export function areExactMulAdds<T>(x: v128, y: v128, z: v128, r: v128): bool {
  if (sizeof<T>() == 8) {
    const p = f64x2.mul(x, y);
    const same = v128.and(exactProducts64(x, y, p), f64x2.eq(f64x2.add(p, z), r));
    return i64x2.all_true(v128.and(same, exactSums64(p, z, r)));
  }
  const low = exactMulAdds32(lower(x), lower(y), lower(z), lower(r));
  return i64x2.all_true(v128.and(low, exactMulAdds32(upper(x), upper(y), upper(z), upper(r))));
}
/** Of singles as doubles, whose product is exact. */
// @ts-ignore: decorator
@inline
function exactMulAdds32(x: v128, y: v128, z: v128, r: v128): v128 {
  const p = f64x2.mul(x, y);
  const s = f64x2.add(p, z);
  return v128.and(exactSums64(p, z, s), f64x2.eq(s, r));
}
