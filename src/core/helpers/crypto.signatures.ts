import type { HelperSignature } from './signatures.ts';

export const cryptoHelpers = {} as const satisfies Record<string, HelperSignature>;
