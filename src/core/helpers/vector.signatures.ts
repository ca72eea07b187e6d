import type { HelperSignature } from './signatures.ts';

export const vectorHelpers = {} as const satisfies Record<string, HelperSignature>;
