import { FPSR } from '../../state/cells';

function noteSaturation(): void {
  store<u32>(FPSR, load<u32>(FPSR) | (1 << 27));
}

// --- shifts by register: Arm ARM DDI 0487, SSHL and its relatives --------------------------------------------------------
// A lane is worked on as 64 bits. Rounding adds the last bit shifted out.

// @ts-ignore: decorator
@inline
function shiftSigned<T>(x: i64, by: i32, rounding: bool, saturating: bool): i64 {
  const bits: i32 = sizeof<T>() * 8;
  if (by < 0) {
    const right = -by;
    if (!rounding) return x >> <i64>min(right, 63);
    return right >= bits ? 0 : (x >> <i64>right) + ((x >> <i64>(right - 1)) & 1);
  }
  if (!saturating) return by < bits ? x << <i64>by : 0;
  const most: i64 = <i64>(((<u64>1) << (bits - 1)) - 1);
  const fits = by < bits ? x <= most >> <i64>by && x >= ~most >> <i64>by : x == 0;
  if (fits) return by < bits ? x << <i64>by : 0;
  noteSaturation();
  return x < 0 ? ~most : most;
}

// @ts-ignore: decorator
@inline
function shiftUnsigned<T>(x: u64, by: i32, rounding: bool, saturating: bool): u64 {
  const bits: i32 = sizeof<T>() * 8;
  if (by < 0) {
    const right = -by;
    if (right > bits) return 0;
    const shifted: u64 = right == 64 ? 0 : x >> right;
    return rounding ? shifted + ((x >> (right - 1)) & 1) : shifted;
  }
  if (!saturating) return by < bits ? x << by : 0;
  const most: u64 = (~(<u64>0)) >> (64 - bits);
  const fits = by < bits ? x <= most >> by : x == 0;
  if (fits) return by < bits ? x << by : 0;
  noteSaturation();
  return most;
}

// @ts-ignore: decorator
@inline
function shiftLanes<T>(d: usize, n: usize, m: usize, bytes: i32, rounding: bool, saturating: bool): void {
  for (let at = 0; at < bytes; at += sizeof<T>()) {
    const by = <i32>load<i8>(m + at);
    if (isSigned<T>()) store<T>(d + at, <T>shiftSigned<T>(<i64>load<T>(n + at), by, rounding, saturating));
    else store<T>(d + at, <T>shiftUnsigned<T>(<u64>load<T>(n + at), by, rounding, saturating));
  }
}

function shiftsSigned(d: usize, n: usize, m: usize, size: i32, bytes: i32, rounding: bool, saturating: bool): void {
  if (size == 0) shiftLanes<i8>(d, n, m, bytes, rounding, saturating);
  else if (size == 1) shiftLanes<i16>(d, n, m, bytes, rounding, saturating);
  else if (size == 2) shiftLanes<i32>(d, n, m, bytes, rounding, saturating);
  else shiftLanes<i64>(d, n, m, bytes, rounding, saturating);
}
function shiftsUnsigned(d: usize, n: usize, m: usize, size: i32, bytes: i32, rounding: bool, saturating: bool): void {
  if (size == 0) shiftLanes<u8>(d, n, m, bytes, rounding, saturating);
  else if (size == 1) shiftLanes<u16>(d, n, m, bytes, rounding, saturating);
  else if (size == 2) shiftLanes<u32>(d, n, m, bytes, rounding, saturating);
  else shiftLanes<u64>(d, n, m, bytes, rounding, saturating);
}

export function sshl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsSigned(d, n, m, size, bytes, false, false);
}
export function ushl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsUnsigned(d, n, m, size, bytes, false, false);
}
export function srshl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsSigned(d, n, m, size, bytes, true, false);
}
export function urshl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsUnsigned(d, n, m, size, bytes, true, false);
}
export function sqshl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsSigned(d, n, m, size, bytes, false, true);
}
export function uqshl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsUnsigned(d, n, m, size, bytes, false, true);
}
export function sqrshl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsSigned(d, n, m, size, bytes, true, true);
}
export function uqrshl(d: usize, n: usize, m: usize, size: i32, bytes: i32): void {
  shiftsUnsigned(d, n, m, size, bytes, true, true);
}

// --- polynomials over {0, 1} -----------------------------------------------------------------------------------------------

/** Products of the low bytes of 16-bit lanes, whose high bytes are 0. */
function polynomialProducts(a: v128, b: v128): v128 {
  let product = i16x8.splat(0);
  for (let bit = 0; bit < 8; bit++) {
    const chosen = i16x8.shr_s(i16x8.shl(b, 15 - bit), 15);
    product = v128.xor(product, v128.and(i16x8.shl(a, bit), chosen));
  }
  return product;
}

export function pmul8(d: usize, n: usize, m: usize, bytes: i32): void {
  const a = v128.load(n);
  const b = v128.load(m);
  const low = polynomialProducts(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(b));
  const high = polynomialProducts(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(b));
  const product = v128.shuffle<i8>(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  if (bytes == 16) v128.store(d, product);
  else v128.store64_lane(d, product, 0);
}

export function pmull8(d: usize, n: usize, m: usize): void {
  v128.store(d, polynomialProducts(v128.load_ext<u8>(n), v128.load_ext<u8>(m)));
}

/** Every fourth bit, from bit 0, 1, 2, 3: sums of 16 single-bit products do not carry into the next bit kept. */
const EVERY_4TH: u64 = 0x1111111111111111;

/** The low 64 bits of a product, by integer multiplications of operands with holes. */
function polynomialLow(a: u64, b: u64): u64 {
  const a0 = a & EVERY_4TH;
  const a1 = a & (EVERY_4TH << 1);
  const a2 = a & (EVERY_4TH << 2);
  const a3 = a & (EVERY_4TH << 3);
  const b0 = b & EVERY_4TH;
  const b1 = b & (EVERY_4TH << 1);
  const b2 = b & (EVERY_4TH << 2);
  const b3 = b & (EVERY_4TH << 3);
  const p0 = (a0 * b0) ^ (a1 * b3) ^ (a2 * b2) ^ (a3 * b1);
  const p1 = (a0 * b1) ^ (a1 * b0) ^ (a2 * b3) ^ (a3 * b2);
  const p2 = (a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ (a3 * b3);
  const p3 = (a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0);
  return (
    (p0 & EVERY_4TH) | (p1 & (EVERY_4TH << 1)) | (p2 & (EVERY_4TH << 2)) | (p3 & (EVERY_4TH << 3))
  );
}

function reverseBits(x: u64): u64 {
  x = ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  x = ((x >> 2) & 0x3333333333333333) | ((x & 0x3333333333333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f0f0f0f0f) | ((x & 0x0f0f0f0f0f0f0f0f) << 4);
  return bswap<u64>(x);
}

/** The high half is the low half of the product of the reversed operands, reversed: the product has 127 bits. */
export function pmull64(d: usize, n: usize, m: usize): void {
  const a = load<u64>(n);
  const b = load<u64>(m);
  store<u64>(d, polynomialLow(a, b));
  store<u64>(d, reverseBits(polynomialLow(reverseBits(a), reverseBits(b))) >> 1, 8);
}
