// AES, SHA-1 and SHA-256 steps on vector registers, given by address. Arm ARM DDI 0487, shared/functions/crypto.
// Every function reads all its operands before it writes.

/** S-box and inverse S-box. FIPS 197, 4.2.1 and 4.3.2. */
const SBOX = memory.data<u8>([
  0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
  0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
  0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
  0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
  0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
  0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
  0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
  0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
  0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
  0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
  0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
  0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
  0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
  0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
  0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
  0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
]);
const INVERSE_SBOX = memory.data<u8>([
  0x52, 0x09, 0x6a, 0xd5, 0x30, 0x36, 0xa5, 0x38, 0xbf, 0x40, 0xa3, 0x9e, 0x81, 0xf3, 0xd7, 0xfb,
  0x7c, 0xe3, 0x39, 0x82, 0x9b, 0x2f, 0xff, 0x87, 0x34, 0x8e, 0x43, 0x44, 0xc4, 0xde, 0xe9, 0xcb,
  0x54, 0x7b, 0x94, 0x32, 0xa6, 0xc2, 0x23, 0x3d, 0xee, 0x4c, 0x95, 0x0b, 0x42, 0xfa, 0xc3, 0x4e,
  0x08, 0x2e, 0xa1, 0x66, 0x28, 0xd9, 0x24, 0xb2, 0x76, 0x5b, 0xa2, 0x49, 0x6d, 0x8b, 0xd1, 0x25,
  0x72, 0xf8, 0xf6, 0x64, 0x86, 0x68, 0x98, 0x16, 0xd4, 0xa4, 0x5c, 0xcc, 0x5d, 0x65, 0xb6, 0x92,
  0x6c, 0x70, 0x48, 0x50, 0xfd, 0xed, 0xb9, 0xda, 0x5e, 0x15, 0x46, 0x57, 0xa7, 0x8d, 0x9d, 0x84,
  0x90, 0xd8, 0xab, 0x00, 0x8c, 0xbc, 0xd3, 0x0a, 0xf7, 0xe4, 0x58, 0x05, 0xb8, 0xb3, 0x45, 0x06,
  0xd0, 0x2c, 0x1e, 0x8f, 0xca, 0x3f, 0x0f, 0x02, 0xc1, 0xaf, 0xbd, 0x03, 0x01, 0x13, 0x8a, 0x6b,
  0x3a, 0x91, 0x11, 0x41, 0x4f, 0x67, 0xdc, 0xea, 0x97, 0xf2, 0xcf, 0xce, 0xf0, 0xb4, 0xe6, 0x73,
  0x96, 0xac, 0x74, 0x22, 0xe7, 0xad, 0x35, 0x85, 0xe2, 0xf9, 0x37, 0xe8, 0x1c, 0x75, 0xdf, 0x6e,
  0x47, 0xf1, 0x1a, 0x71, 0x1d, 0x29, 0xc5, 0x89, 0x6f, 0xb7, 0x62, 0x0e, 0xaa, 0x18, 0xbe, 0x1b,
  0xfc, 0x56, 0x3e, 0x4b, 0xc6, 0xd2, 0x79, 0x20, 0x9a, 0xdb, 0xc0, 0xfe, 0x78, 0xcd, 0x5a, 0xf4,
  0x1f, 0xdd, 0xa8, 0x33, 0x88, 0x07, 0xc7, 0x31, 0xb1, 0x12, 0x10, 0x59, 0x27, 0x80, 0xec, 0x5f,
  0x60, 0x51, 0x7f, 0xa9, 0x19, 0xb5, 0x4a, 0x0d, 0x2d, 0xe5, 0x7a, 0x9f, 0x93, 0xc9, 0x9c, 0xef,
  0xa0, 0xe0, 0x3b, 0x4d, 0xae, 0x2a, 0xf5, 0xb0, 0xc8, 0xeb, 0xbb, 0x3c, 0x83, 0x53, 0x99, 0x61,
  0x17, 0x2b, 0x04, 0x7e, 0xba, 0x77, 0xd6, 0x26, 0xe1, 0x69, 0x14, 0x63, 0x55, 0x21, 0x0c, 0x7d,
]);

// @ts-ignore: decorator
@inline
function looked(box: usize, x: u64, byte: i32, to: i32): u64 {
  return (<u64>load<u8>(box + <usize>((x >> (8 * byte)) & 0xff))) << (8 * to);
}

/** ShiftRows, then SubBytes, of d ^ n. */
export function aese(d: usize, n: usize): void {
  const lo = load<u64>(d) ^ load<u64>(n);
  const hi = load<u64>(d, 8) ^ load<u64>(n, 8);
  const first =
    looked(SBOX, lo, 0, 0) |
    looked(SBOX, lo, 5, 1) |
    looked(SBOX, hi, 2, 2) |
    looked(SBOX, hi, 7, 3) |
    looked(SBOX, lo, 4, 4) |
    looked(SBOX, hi, 1, 5) |
    looked(SBOX, hi, 6, 6) |
    looked(SBOX, lo, 3, 7);
  const second =
    looked(SBOX, hi, 0, 0) |
    looked(SBOX, hi, 5, 1) |
    looked(SBOX, lo, 2, 2) |
    looked(SBOX, lo, 7, 3) |
    looked(SBOX, hi, 4, 4) |
    looked(SBOX, lo, 1, 5) |
    looked(SBOX, lo, 6, 6) |
    looked(SBOX, hi, 3, 7);
  store<u64>(d, first);
  store<u64>(d, second, 8);
}

/** InvShiftRows, then InvSubBytes, of d ^ n. */
export function aesd(d: usize, n: usize): void {
  const lo = load<u64>(d) ^ load<u64>(n);
  const hi = load<u64>(d, 8) ^ load<u64>(n, 8);
  const first =
    looked(INVERSE_SBOX, lo, 0, 0) |
    looked(INVERSE_SBOX, hi, 5, 1) |
    looked(INVERSE_SBOX, hi, 2, 2) |
    looked(INVERSE_SBOX, lo, 7, 3) |
    looked(INVERSE_SBOX, lo, 4, 4) |
    looked(INVERSE_SBOX, lo, 1, 5) |
    looked(INVERSE_SBOX, hi, 6, 6) |
    looked(INVERSE_SBOX, hi, 3, 7);
  const second =
    looked(INVERSE_SBOX, hi, 0, 0) |
    looked(INVERSE_SBOX, lo, 5, 1) |
    looked(INVERSE_SBOX, lo, 2, 2) |
    looked(INVERSE_SBOX, hi, 7, 3) |
    looked(INVERSE_SBOX, hi, 4, 4) |
    looked(INVERSE_SBOX, hi, 1, 5) |
    looked(INVERSE_SBOX, lo, 6, 6) |
    looked(INVERSE_SBOX, lo, 3, 7);
  store<u64>(d, first);
  store<u64>(d, second, 8);
}

/** Every byte times x in GF(2^8). */
// @ts-ignore: decorator
@inline
function timesX(a: v128): v128 {
  return v128.xor(i8x16.shl(a, 1), v128.and(i8x16.shr_s(a, 7), i8x16.splat(0x1b)));
}
/** Each column (4 bytes) rotated by one, two bytes. */
// @ts-ignore: decorator
@inline
function rotate1(a: v128): v128 {
  return v128.shuffle<i8>(a, a, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
}
// @ts-ignore: decorator
@inline
function rotate2(a: v128): v128 {
  return v128.shuffle<i8>(a, a, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}
/** 2a0 + 3a1 + a2 + a3: with s = a + rotate1(a) that is 2s + rotate1(a) + rotate2(s). */
function mixColumns(a: v128): v128 {
  const next = rotate1(a);
  const sum = v128.xor(a, next);
  return v128.xor(v128.xor(timesX(sum), next), rotate2(sum));
}

export function aesmc(d: usize, n: usize): void {
  v128.store(d, mixColumns(v128.load(n)));
}
/** The inverse is MixColumns of a + 4(a + rotate2(a)). */
export function aesimc(d: usize, n: usize): void {
  const a = v128.load(n);
  v128.store(d, mixColumns(v128.xor(a, timesX(timesX(v128.xor(a, rotate2(a)))))));
}

// --- SHA-1 -----------------------------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
function choose(x: u32, y: u32, z: u32): u32 {
  return ((y ^ z) & x) ^ z;
}
// @ts-ignore: decorator
@inline
function parity(x: u32, y: u32, z: u32): u32 {
  return x ^ y ^ z;
}
// @ts-ignore: decorator
@inline
function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | ((x | y) & z);
}

/** Four rounds: d holds a, b, c, d; n holds e; m the schedule words with the constant added. `f` 0: choose, 1: parity, 2: majority. */
// @ts-ignore: decorator
@inline
function sha1Rounds(d: usize, n: usize, m: usize, f: i32): void {
  let a = load<u32>(d);
  let b = load<u32>(d, 4);
  let c = load<u32>(d, 8);
  let x = load<u32>(d, 12);
  let e = load<u32>(n);
  const w = v128.load(m);
  let word = i32x4.extract_lane(w, 0);
  for (let round = 0; round < 4; round++) {
    if (round == 1) word = i32x4.extract_lane(w, 1);
    else if (round == 2) word = i32x4.extract_lane(w, 2);
    else if (round == 3) word = i32x4.extract_lane(w, 3);
    const t = f == 0 ? choose(b, c, x) : f == 1 ? parity(b, c, x) : majority(b, c, x);
    const next = rotl<u32>(a, 5) + t + e + <u32>word;
    e = x;
    x = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  store<u32>(d, a);
  store<u32>(d, b, 4);
  store<u32>(d, c, 8);
  store<u32>(d, x, 12);
}
export function sha1c(d: usize, n: usize, m: usize): void {
  sha1Rounds(d, n, m, 0);
}
export function sha1p(d: usize, n: usize, m: usize): void {
  sha1Rounds(d, n, m, 1);
}
export function sha1m(d: usize, n: usize, m: usize): void {
  sha1Rounds(d, n, m, 2);
}

export function sha1su0(d: usize, n: usize, m: usize): void {
  const a = v128.load(d);
  const middle = v128.shuffle<i64>(a, v128.load(n), 1, 2);
  v128.store(d, v128.xor(v128.xor(middle, a), v128.load(m)));
}
export function sha1su1(d: usize, n: usize): void {
  const shifted = v128.shuffle<i32>(v128.load(n), i32x4.splat(0), 1, 2, 3, 4);
  const t = v128.xor(v128.load(d), shifted);
  const rotated = v128.or(i32x4.shl(t, 1), i32x4.shr_u(t, 31));
  const first = rotl<u32>(<u32>i32x4.extract_lane(t, 0), 2);
  v128.store(d, i32x4.replace_lane(rotated, 3, i32x4.extract_lane(rotated, 3) ^ <i32>first));
}

// --- SHA-256 ---------------------------------------------------------------------------------------------------------------

/** Four rounds from a..d at `abcd` and e..h at `efgh`; `m` holds the schedule words with the constants added. Half of the state goes to d. */
// @ts-ignore: decorator
@inline
function sha256Rounds(to: usize, abcd: usize, efgh: usize, m: usize, second: bool): void {
  let a = load<u32>(abcd);
  let b = load<u32>(abcd, 4);
  let c = load<u32>(abcd, 8);
  let d = load<u32>(abcd, 12);
  let e = load<u32>(efgh);
  let f = load<u32>(efgh, 4);
  let g = load<u32>(efgh, 8);
  let h = load<u32>(efgh, 12);
  for (let round = 0; round < 4; round++) {
    const sigma1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const t = h + sigma1 + choose(e, f, g) + load<u32>(m + 4 * round);
    const sigma0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    h = g;
    g = f;
    f = e;
    e = d + t;
    d = c;
    const next = t + sigma0 + majority(a, b, c);
    c = b;
    b = a;
    a = next;
  }
  store<u32>(to, second ? e : a);
  store<u32>(to, second ? f : b, 4);
  store<u32>(to, second ? g : c, 8);
  store<u32>(to, second ? h : d, 12);
}
export function sha256h(d: usize, n: usize, m: usize): void {
  sha256Rounds(d, d, n, m, false);
}
export function sha256h2(d: usize, n: usize, m: usize): void {
  sha256Rounds(d, n, d, m, true);
}

// @ts-ignore: decorator
@inline
function rotateLanes(v: v128, right: i32): v128 {
  return v128.or(i32x4.shr_u(v, right), i32x4.shl(v, 32 - right));
}
export function sha256su0(d: usize, n: usize): void {
  const a = v128.load(d);
  const t = v128.shuffle<i32>(a, v128.load(n), 1, 2, 3, 4);
  const sigma = v128.xor(v128.xor(rotateLanes(t, 7), rotateLanes(t, 18)), i32x4.shr_u(t, 3));
  v128.store(d, i32x4.add(a, sigma));
}

// @ts-ignore: decorator
@inline
function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}
export function sha256su1(d: usize, n: usize, m: usize): void {
  const w9 = v128.shuffle<i32>(v128.load(n), v128.load(m), 1, 2, 3, 4);
  const sum = i32x4.add(v128.load(d), w9);
  const first = <u32>i32x4.extract_lane(sum, 0) + sigma1(load<u32>(m, 8));
  const second = <u32>i32x4.extract_lane(sum, 1) + sigma1(load<u32>(m, 12));
  const third = <u32>i32x4.extract_lane(sum, 2) + sigma1(first);
  const fourth = <u32>i32x4.extract_lane(sum, 3) + sigma1(second);
  store<u32>(d, first);
  store<u32>(d, second, 4);
  store<u32>(d, third, 8);
  store<u32>(d, fourth, 12);
}
