/** Parts the frames of a stack within a key, and the keys of several dimensions. */
export const FRAME_SEPARATOR = ';';
