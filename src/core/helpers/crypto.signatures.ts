import type { HelperSignature } from './signature.ts';

/** Addresses of the destination (for most an operand too) and of the other operands: vector registers, in any overlap. */
const two = { params: ['i32', 'i32'], result: 'none' } as const satisfies HelperSignature;
const three = { params: ['i32', 'i32', 'i32'], result: 'none' } as const satisfies HelperSignature;

export const cryptoHelpers = {
  aese: two,
  aesd: two,
  aesmc: two,
  aesimc: two,
  sha1c: three,
  sha1p: three,
  sha1m: three,
  sha1su0: three,
  sha1su1: two,
  sha256h: three,
  sha256h2: three,
  sha256su0: two,
  sha256su1: three,
} as const satisfies Record<string, HelperSignature>;
