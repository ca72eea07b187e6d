// The vector floating-point helpers: registers by address, lane by lane. `bytes` (8 or 16) are read and written, no more.
// A result is gathered in a temporary first, so that the destination may be a source.
import { areExactMulAdds, areExactProducts, areExactSums, hostFuses } from './float-exact';
import { BINARY_ADD, BINARY_DIV, BINARY_MUL, BINARY_SUB, UNARY_SQRT } from '../float-codes';
import { V_TEMP } from '../../state/cells';
import { doubleToSingle, halfTo, singleToDouble, toHalf } from './float-convert';
import { FZ, inexactKnown, nearest, plain, signBit } from './float-format';
import { mulAdd } from './float-fused';
import { binary, unary } from './float-scalar';

/** The last vector temporary is the helpers'. */
const GATHER: usize = V_TEMP + 7 * 16;

// @ts-ignore: decorator
@inline
function deliver(to: usize, bytes: u32): void {
  if (bytes == 16) v128.store(to, v128.load(GATHER));
  else store<u64>(to, load<u64>(GATHER));
}

/** Both halves of a register, or its low half twice. */
// @ts-ignore: decorator
@inline
function loadVector(from: usize, bytes: u32): v128 {
  return bytes == 16 ? v128.load(from) : v128.load64_splat(from);
}

// @ts-ignore: decorator
@inline
function storeVector(to: usize, value: v128, bytes: u32): void {
  if (bytes == 16) v128.store(to, value);
  else store<u64>(to, v128.extract_lane<u64>(value, 0));
}

/** Whether every lane passes isPlainResult. */
// @ts-ignore: decorator
@inline
function allPlain<T>(r: v128): bool {
  if (sizeof<T>() == 8) {
    const m = v128.and(r, i64x2.splat(i64.MAX_VALUE));
    return i64x2.all_true(
      v128.and(i64x2.ge_s(m, i64x2.splat(0x0020000000000000)), i64x2.lt_s(m, i64x2.splat(0x7ff0000000000000))),
    );
  }
  const m = v128.and(r, i32x4.splat(i32.MAX_VALUE));
  return i32x4.all_true(v128.and(i32x4.ge_s(m, i32x4.splat(0x01000000)), i32x4.lt_s(m, i32x4.splat(0x7f800000))));
}

/** Whether flushing would change a lane. */
function anyDenormal<T>(v: v128): bool {
  if (sizeof<T>() == 8) {
    const m = v128.and(v, i64x2.splat(i64.MAX_VALUE));
    return v128.any_true(
      v128.and(i64x2.gt_s(m, i64x2.splat(0)), i64x2.lt_s(m, i64x2.splat(0x0010000000000000))),
    );
  }
  const m = v128.and(v, i32x4.splat(i32.MAX_VALUE));
  return v128.any_true(v128.and(i32x4.gt_s(m, i32x4.splat(0)), i32x4.lt_s(m, i32x4.splat(0x00800000))));
}

/** The host's whole-vector operation, where all its results are Arm's; false where it is not known. */
function binaryPlain<T>(op: i32, d: usize, a: v128, b: v128, bytes: u32): bool {
  let r: v128;
  switch (op) {
    case BINARY_ADD:
      r = sizeof<T>() == 8 ? f64x2.add(a, b) : f32x4.add(a, b);
      break;
    case BINARY_SUB:
      r = sizeof<T>() == 8 ? f64x2.sub(a, b) : f32x4.sub(a, b);
      break;
    case BINARY_MUL:
      r = sizeof<T>() == 8 ? f64x2.mul(a, b) : f32x4.mul(a, b);
      break;
    default:
      r = sizeof<T>() == 8 ? f64x2.div(a, b) : f32x4.div(a, b);
  }
  if (!allPlain<T>(r) || !(inexactKnown() || isExact<T>(op, a, b, r))) return false;
  storeVector(d, r, bytes);
  return true;
}
function isExact<T>(op: i32, a: v128, b: v128, r: v128): bool {
  switch (op) {
    case BINARY_ADD:
      return areExactSums<T>(a, b, r);
    case BINARY_SUB:
      return areExactSums<T>(a, sizeof<T>() == 8 ? f64x2.neg(b) : f32x4.neg(b), r);
    case BINARY_MUL:
      return areExactProducts<T>(a, b, r);
    default:
      return false;
  }
}

/** `stride` between the lanes of m: their size, or 0 for one element with all lanes of n. */
function vector3<T>(op: i32, d: usize, n: usize, m: usize, stride: u32, bytes: u32, fpcr: u32): void {
  if (op <= BINARY_DIV && nearest(fpcr)) {
    const a = loadVector(n, bytes);
    const b = stride ? loadVector(m, bytes) : sizeof<T>() == 8 ? v128.load64_splat(m) : v128.load32_splat(m);
    const unflushed = !(fpcr & FZ) || !(anyDenormal<T>(a) || anyDenormal<T>(b));
    if (unflushed && binaryPlain<T>(op, d, a, b, bytes)) return;
  }
  for (let i: u32 = 0; i < bytes; i += sizeof<T>()) {
    store<T>(GATHER + i, binary<T>(op, load<T>(n + i), load<T>(m), fpcr));
    m += stride;
  }
  deliver(d, bytes);
}

function vector2<T>(op: i32, d: usize, n: usize, detail: u32, bytes: u32, fpcr: u32): void {
  if (op == UNARY_SQRT && plain(fpcr) && !(fpcr & FZ)) {
    const a = loadVector(n, bytes);
    const r = sizeof<T>() == 8 ? f64x2.sqrt(a) : f32x4.sqrt(a);
    if (allPlain<T>(r)) {
      storeVector(d, r, bytes);
      return;
    }
  }
  for (let i: u32 = 0; i < bytes; i += sizeof<T>()) {
    store<T>(GATHER + i, unary<T>(op, load<T>(n + i), detail, fpcr));
  }
  deliver(d, bytes);
}

/** d + n × m by the host's whole-vector operation, where it rounds once and all its results are Arm's; false where it is not known. */
function mulAddPlain<T>(d: usize, n: v128, m: v128, negate: u32, bytes: u32, fpcr: u32): bool {
  const c = loadVector(d, bytes);
  if (fpcr & FZ && (anyDenormal<T>(c) || anyDenormal<T>(n) || anyDenormal<T>(m))) return false;
  const a = !negate ? n : sizeof<T>() == 8 ? f64x2.neg(n) : f32x4.neg(n);
  const r = sizeof<T>() == 8 ? v128.relaxed_madd<f64>(a, m, c) : v128.relaxed_madd<f32>(a, m, c);
  if (!allPlain<T>(r) || !(inexactKnown() || areExactMulAdds<T>(a, m, c, r))) return false;
  storeVector(d, r, bytes);
  return true;
}

function mulAddVector<T>(d: usize, n: usize, m: usize, stride: u32, negate: u32, bytes: u32, fpcr: u32): void {
  if (hostFuses && nearest(fpcr)) {
    const b = stride ? loadVector(m, bytes) : sizeof<T>() == 8 ? v128.load64_splat(m) : v128.load32_splat(m);
    if (mulAddPlain<T>(d, loadVector(n, bytes), b, negate, bytes, fpcr)) return;
  }
  const flip = negate ? signBit<T>() : <T>0;
  for (let i: u32 = 0; i < bytes; i += sizeof<T>()) {
    store<T>(GATHER + i, mulAdd<T>(load<T>(d + i), load<T>(n + i) ^ flip, load<T>(m), fpcr));
    m += stride;
  }
  deliver(d, bytes);
}

/** Neighbours of n, then those of m. */
function pairwise<T>(op: i32, d: usize, n: usize, m: usize, bytes: u32, fpcr: u32): void {
  const half = bytes >> 1;
  for (let i: u32 = 0; i < half; i += sizeof<T>()) {
    store<T>(GATHER + i, binary<T>(op, load<T>(n + 2 * i), load<T>(n + 2 * i, sizeof<T>()), fpcr));
    store<T>(GATHER + half + i, binary<T>(op, load<T>(m + 2 * i), load<T>(m + 2 * i, sizeof<T>()), fpcr));
  }
  deliver(d, bytes);
}

export function f32Vector3(op: i32, d: usize, n: usize, m: usize, stride: u32, bytes: u32, fpcr: u32): void {
  vector3<u32>(op, d, n, m, stride, bytes, fpcr);
}
export function f64Vector3(op: i32, d: usize, n: usize, m: usize, stride: u32, bytes: u32, fpcr: u32): void {
  vector3<u64>(op, d, n, m, stride, bytes, fpcr);
}
export function f32Vector2(op: i32, d: usize, n: usize, detail: u32, bytes: u32, fpcr: u32): void {
  vector2<u32>(op, d, n, detail, bytes, fpcr);
}
export function f64Vector2(op: i32, d: usize, n: usize, detail: u32, bytes: u32, fpcr: u32): void {
  vector2<u64>(op, d, n, detail, bytes, fpcr);
}
export function f32VectorMulAdd(d: usize, n: usize, m: usize, stride: u32, negate: u32, bytes: u32, fpcr: u32): void {
  mulAddVector<u32>(d, n, m, stride, negate, bytes, fpcr);
}
export function f64VectorMulAdd(d: usize, n: usize, m: usize, stride: u32, negate: u32, bytes: u32, fpcr: u32): void {
  mulAddVector<u64>(d, n, m, stride, negate, bytes, fpcr);
}
export function f32Pairwise(op: i32, d: usize, n: usize, m: usize, bytes: u32, fpcr: u32): void {
  pairwise<u32>(op, d, n, m, bytes, fpcr);
}
export function f64Pairwise(op: i32, d: usize, n: usize, m: usize, bytes: u32, fpcr: u32): void {
  pairwise<u64>(op, d, n, m, bytes, fpcr);
}
/** Reduce() of the four lanes of n. */
export function f32Reduce(op: i32, n: usize, fpcr: u32): u32 {
  const low = binary<u32>(op, load<u32>(n), load<u32>(n, 4), fpcr);
  return binary<u32>(op, low, binary<u32>(op, load<u32>(n, 8), load<u32>(n, 12), fpcr), fpcr);
}

/** Eight bytes of n to sixteen of d. */
export function f32VectorFromF16(d: usize, n: usize, fpcr: u32): void {
  for (let i: u32 = 0; i < 4; i++) store<u32>(GATHER + 4 * i, halfTo<u32>(load<u16>(n + 2 * i), fpcr));
  deliver(d, 16);
}
export function f64VectorFromF32(d: usize, n: usize, fpcr: u32): void {
  for (let i: u32 = 0; i < 2; i++) store<u64>(GATHER + 8 * i, singleToDouble(load<u32>(n + 4 * i), fpcr));
  deliver(d, 16);
}
/** Sixteen bytes of n to eight of d. */
export function f32VectorToF16(d: usize, n: usize, fpcr: u32): void {
  for (let i: u32 = 0; i < 4; i++) store<u16>(GATHER + 2 * i, <u16>toHalf<u32>(load<u32>(n + 4 * i), fpcr));
  deliver(d, 8);
}
export function f64VectorToF32(d: usize, n: usize, mode: u32, fpcr: u32): void {
  for (let i: u32 = 0; i < 2; i++) store<u32>(GATHER + 4 * i, doubleToSingle(load<u64>(n + 8 * i), mode, fpcr));
  deliver(d, 8);
}
