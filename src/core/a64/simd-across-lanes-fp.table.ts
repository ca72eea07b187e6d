import type { Table } from '../decode/row.ts';

/** AdvSIMD across lanes, floating-point: four singles. Arm ARM DDI 0487, C4.1. */
export const simdAcrossLanesFp = {
  FMAXNMV: '0110111000110000110010nnnnnddddd',
  FMINNMV: '0110111010110000110010nnnnnddddd',
  FMAXV: '0110111000110000111110nnnnnddddd',
  FMINV: '0110111010110000111110nnnnnddddd',
} as const satisfies Table;
