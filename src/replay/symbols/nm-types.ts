/**
 * Types of symbols as nm prints them (GNU Binutils, nm): of code, and of data, BSS and read-only data. Absolute ones (a, A) are neither:
 * they are no places of the kernel's.
 */
export const TEXT_TYPES: ReadonlySet<string> = new Set('tTwW');
export const DATA_TYPES: ReadonlySet<string> = new Set('dDbBrRgGsSvV');
