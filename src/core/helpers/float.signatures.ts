import type { HelperSignature } from './signatures.ts';

export const floatHelpers = {} as const satisfies Record<string, HelperSignature>;
