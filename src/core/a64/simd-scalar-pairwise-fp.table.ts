import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar pairwise, floating-point. Arm ARM DDI 0487, C4.1. */
export const simdScalarPairwiseFp = {
  FMAXNMP_s: '011111100z110000110010nnnnnddddd',
  FMINNMP_s: '011111101z110000110010nnnnnddddd',
  FADDP_s: '011111100z110000110110nnnnnddddd',
  FMAXP_s: '011111100z110000111110nnnnnddddd',
  FMINP_s: '011111101z110000111110nnnnnddddd',
} as const satisfies Table;
