import type { Table } from '../decode/row.ts';

/** AdvSIMD permute, extract and table lookup. Arm ARM DDI 0487, C4.1. */
export const simdPermute = {
  UZP1: '0q001110zz0mmmmm000110nnnnnddddd',
  TRN1: '0q001110zz0mmmmm001010nnnnnddddd',
  ZIP1: '0q001110zz0mmmmm001110nnnnnddddd',
  UZP2: '0q001110zz0mmmmm010110nnnnnddddd',
  TRN2: '0q001110zz0mmmmm011010nnnnnddddd',
  ZIP2: '0q001110zz0mmmmm011110nnnnnddddd',
  EXT: '0q101110000mmmmm0iiii0nnnnnddddd',
  TBL: '0q001110000mmmmm0ll000nnnnnddddd',
  TBX: '0q001110000mmmmm0ll100nnnnnddddd',
} as const satisfies Table;
