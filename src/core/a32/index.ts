import type { EncodingClass } from '../decode/lift.ts';

/** The encoding classes of A32 whose bits 31:28 are a condition: rows write them as `----`. */
export const a32Classes: readonly EncodingClass[] = [];
/** Those of A32's unconditional space, bits 31:28 = 1111. */
export const a32UnconditionalClasses: readonly EncodingClass[] = [];
