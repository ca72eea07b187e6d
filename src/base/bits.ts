/** Bits [hi:lo] of a 32-bit number, as an unsigned number. */
export const bits = (value: number, hi: number, lo: number): number =>
  hi - lo === 31 ? value >>> 0 : (value >>> lo) & ((1 << (hi - lo + 1)) - 1);
/** Bit `at` of a 32-bit number. */
export const bit = (value: number, at: number): 0 | 1 => ((value >>> at) & 1) as 0 | 1;

/** Bits [hi:lo] of a bigint. */
export const bits64 = (value: bigint, hi: number, lo: number): bigint =>
  (value >> BigInt(lo)) & ((1n << BigInt(hi - lo + 1)) - 1n);

/** `value`'s low `width` bits as a two's complement number; width 1..32. */
export const signExtend = (value: number, width: number): number => (value << (32 - width)) >> (32 - width);

/** The low 64 bits, unsigned. */
export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

// By way of memory (little-endian, as the state of the CPU is): each shift or mask of a bigint makes another bigint.
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);
/** Bits 31:0 as an unsigned number. */
export const low32 = (value: bigint): number => {
  whole[0] = value;
  return halves[0] as number;
};
/** Bits 63:32 as an unsigned number. */
export const high32 = (value: bigint): number => {
  whole[0] = value;
  return halves[1] as number;
};
/** A 64-bit value from its halves (each taken as unsigned 32 bits). */
export const fromHalves = (lo: number, hi: number): bigint => {
  halves[0] = lo;
  halves[1] = hi;
  return whole[0] as bigint;
};

/** A whole number, 0..2^53 - 1, as a bigint. */
export const bigOf = (value: number): bigint => fromHalves(value, value / 2 ** 32);
/** The same back. */
export const numberOf = (value: bigint): number => {
  whole[0] = value;
  return (halves[1] as number) * 2 ** 32 + (halves[0] as number);
};

/** For a person: "0x" and at least so many digits; negative numbers as the 32 or 64 bits that they are. */
export const hex = (value: number | bigint, digits = 0): string => {
  const unsigned = typeof value === 'bigint' ? u64(value) : value < 0 ? value >>> 0 : value;
  return `0x${unsigned.toString(16).padStart(digits, '0')}`;
};

/** The nearest multiple of `to` that is not above `value`. */
export const alignDown = (value: number, to: number): number => value - (value % to);
/** The nearest multiple of `to` that is not below `value`. */
export const alignUp = (value: number, to: number): number => alignDown(value + to - 1, to);
