import type { EncodingClass } from '../decode/lift.ts';

/** The encoding classes of T32's 16-bit instructions. */
export const t16Classes: readonly EncodingClass[] = [];
/** Those of its 32-bit instructions, first halfword in bits 31:16. */
export const t32Classes: readonly EncodingClass[] = [];
