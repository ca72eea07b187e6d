import type { Table } from '../decode/row.ts';

/** AdvSIMD copy, and scalar copy: the lowest one of `i` tells the lane size, what is above it the lane. Arm ARM DDI 0487, C4.1. */
export const simdCopy = {
  DUP_element: '0q001110000iiiii000001nnnnnddddd',
  DUP_general: '0q001110000iiiii000011nnnnnddddd',
  SMOV: '0q001110000iiiii001011nnnnnddddd',
  UMOV: '0q001110000iiiii001111nnnnnddddd',
  INS_general: '01001110000iiiii000111nnnnnddddd',
  INS_element: '01101110000iiiii0jjjj1nnnnnddddd',
  DUP_scalar: '01011110000iiiii000001nnnnnddddd',
} as const satisfies Table;
