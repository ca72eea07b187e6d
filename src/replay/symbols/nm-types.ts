/**
 * Types of symbols as nm prints them (GNU Binutils, nm): of code. Absolute ones (a, A) are neither code nor data: they are no places
 * of the kernel's.
 */
export const TEXT_TYPES: ReadonlySet<string> = new Set('tTwW');
/** Likewise of data, read-only data and BSS. */
export const DATA_TYPES: ReadonlySet<string> = new Set('dDbBrRgGsSvV');
