import type { Table } from '../decode/row.ts';

/** AdvSIMD across lanes, integer. Arm ARM DDI 0487, C4.1. */
export const simdAcrossLanes = {
  SADDLV: '0q001110zz110000001110nnnnnddddd',
  UADDLV: '0q101110zz110000001110nnnnnddddd',
  SMAXV: '0q001110zz110000101010nnnnnddddd',
  UMAXV: '0q101110zz110000101010nnnnnddddd',
  SMINV: '0q001110zz110001101010nnnnnddddd',
  UMINV: '0q101110zz110001101010nnnnnddddd',
  ADDV: '0q001110zz110001101110nnnnnddddd',
} as const satisfies Table;
