/** The page that everything of the emulator counts in: the smallest granule of the architecture. */
export const PAGE_SHIFT = 12;
/** 2 ** PAGE_SHIFT. */
export const PAGE_BYTES = 4096;
