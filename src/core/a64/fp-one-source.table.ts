import type { Table } from '../decode/row.ts';

/** Floating-point data-processing (1 source): `t` 0 single, 1 double. Arm ARM DDI 0487, C4.1. */
export const fpOneSource = {
  FMOV: '000111100t100000010000nnnnnddddd',
  FABS: '000111100t100000110000nnnnnddddd',
  FNEG: '000111100t100001010000nnnnnddddd',
  FSQRT: '000111100t100001110000nnnnnddddd',
  FCVT_s_to_d: '0001111000100010110000nnnnnddddd',
  FCVT_s_to_h: '0001111000100011110000nnnnnddddd',
  FCVT_d_to_s: '0001111001100010010000nnnnnddddd',
  FCVT_d_to_h: '0001111001100011110000nnnnnddddd',
  FCVT_h_to_s: '0001111011100010010000nnnnnddddd',
  FCVT_h_to_d: '0001111011100010110000nnnnnddddd',
  FRINTN: '000111100t100100010000nnnnnddddd',
  FRINTP: '000111100t100100110000nnnnnddddd',
  FRINTM: '000111100t100101010000nnnnnddddd',
  FRINTZ: '000111100t100101110000nnnnnddddd',
  FRINTA: '000111100t100110010000nnnnnddddd',
  FRINTX: '000111100t100111010000nnnnnddddd',
  FRINTI: '000111100t100111110000nnnnnddddd',
} as const satisfies Table;
