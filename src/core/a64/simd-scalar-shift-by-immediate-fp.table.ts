import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar shift by immediate, conversions: as the vector ones. Arm ARM DDI 0487, C4.1. */
export const simdScalarShiftByImmediateFp = {
  SCVTF_fixed_s32: '01011111001bbbbb111001nnnnnddddd',
  UCVTF_fixed_s32: '01111111001bbbbb111001nnnnnddddd',
  FCVTZS_fixed_s32: '01011111001bbbbb111111nnnnnddddd',
  FCVTZU_fixed_s32: '01111111001bbbbb111111nnnnnddddd',
  SCVTF_fixed_s64: '0101111101bbbbbb111001nnnnnddddd',
  UCVTF_fixed_s64: '0111111101bbbbbb111001nnnnnddddd',
  FCVTZS_fixed_s64: '0101111101bbbbbb111111nnnnnddddd',
  FCVTZU_fixed_s64: '0111111101bbbbbb111111nnnnnddddd',
} as const satisfies Table;
