import type { Table } from '../decode/row.ts';

/** Floating-point data-processing (2 source). Arm ARM DDI 0487, C4.1. */
export const fpTwoSource = {
  FMUL: '000111100t1mmmmm000010nnnnnddddd',
  FDIV: '000111100t1mmmmm000110nnnnnddddd',
  FADD: '000111100t1mmmmm001010nnnnnddddd',
  FSUB: '000111100t1mmmmm001110nnnnnddddd',
  FMAX: '000111100t1mmmmm010010nnnnnddddd',
  FMIN: '000111100t1mmmmm010110nnnnnddddd',
  FMAXNM: '000111100t1mmmmm011010nnnnnddddd',
  FMINNM: '000111100t1mmmmm011110nnnnnddddd',
  FNMUL: '000111100t1mmmmm100010nnnnnddddd',
} as const satisfies Table;
