import type { HelperSignature } from './signature.ts';

export const integerHelpers = {
  /** CRC-32 and CRC-32C: the accumulator, a value, how many of its low bytes count. */
  crc32: { params: ['i32', 'i64', 'i32'], result: 'i32' },
  crc32c: { params: ['i32', 'i64', 'i32'], result: 'i32' },
} as const satisfies Record<string, HelperSignature>;
