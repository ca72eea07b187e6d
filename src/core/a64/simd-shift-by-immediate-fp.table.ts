import type { Table } from '../decode/row.ts';

/** AdvSIMD shift by immediate, conversions: immh:immb is 01bbbbb of 32-bit lanes, 1bbbbbb of 64-bit ones. Arm ARM DDI 0487, C4.1. */
export const simdShiftByImmediateFp = {
  SCVTF_fixed_v32: '0q001111001bbbbb111001nnnnnddddd',
  UCVTF_fixed_v32: '0q101111001bbbbb111001nnnnnddddd',
  FCVTZS_fixed_v32: '0q001111001bbbbb111111nnnnnddddd',
  FCVTZU_fixed_v32: '0q101111001bbbbb111111nnnnnddddd',
  SCVTF_fixed_v64: '0100111101bbbbbb111001nnnnnddddd',
  UCVTF_fixed_v64: '0110111101bbbbbb111001nnnnnddddd',
  FCVTZS_fixed_v64: '0100111101bbbbbb111111nnnnnddddd',
  FCVTZU_fixed_v64: '0110111101bbbbbb111111nnnnnddddd',
} as const satisfies Table;
