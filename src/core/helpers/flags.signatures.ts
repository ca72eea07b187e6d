import type { HelperSignature } from './signature.ts';

export const flagHelpers = {
  /** NZCV in bits 31:28, from the lazy cells. */
  nzcv: { params: [], result: 'i32', pure: true },
} as const satisfies Record<string, HelperSignature>;
