/**
 * The constant of a logical immediate, or null where the encoding is reserved: a run of ones, rotated, repeated in
 * elements of 2 to 64 bits. Arm ARM DDI 0487, DecodeBitMasks.
 */
export function bitmaskImmediate(n: number, imms: number, immr: number, width: 32 | 64): bigint | null {
  const length = 31 - Math.clz32((n << 6) | (~imms & 0x3f));
  if (length < 1 || (width === 32 && n === 1)) return null;
  const size = 1 << length;
  const ones = (imms & (size - 1)) + 1;
  if (ones === size) return null;
  const rotate = BigInt(immr & (size - 1));
  const run = (1n << BigInt(ones)) - 1n;
  let element = BigInt.asUintN(size, (run >> rotate) | (run << (BigInt(size) - rotate)));
  for (let filled = size; filled < width; filled *= 2) element |= element << BigInt(filled);
  return element;
}
