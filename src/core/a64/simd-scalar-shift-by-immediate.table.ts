import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar shift by immediate, integer: as the vector ones; those with a fixed one in immh take 64 bits only. Arm ARM DDI 0487, C4.1. */
export const simdScalarShiftByImmediate = {
  SSHR_s: '0101111101hhhbbb000001nnnnnddddd',
  USHR_s: '0111111101hhhbbb000001nnnnnddddd',
  SSRA_s: '0101111101hhhbbb000101nnnnnddddd',
  USRA_s: '0111111101hhhbbb000101nnnnnddddd',
  SRSHR_s: '0101111101hhhbbb001001nnnnnddddd',
  URSHR_s: '0111111101hhhbbb001001nnnnnddddd',
  SRSRA_s: '0101111101hhhbbb001101nnnnnddddd',
  URSRA_s: '0111111101hhhbbb001101nnnnnddddd',
  SRI_s: '0111111101hhhbbb010001nnnnnddddd',
  SHL_s: '0101111101hhhbbb010101nnnnnddddd',
  SLI_s: '0111111101hhhbbb010101nnnnnddddd',
  SQSHLU_s: '011111110hhhhbbb011001nnnnnddddd',
  SQSHL_imm_s: '010111110hhhhbbb011101nnnnnddddd',
  UQSHL_imm_s: '011111110hhhhbbb011101nnnnnddddd',
  SQSHRUN_s: '011111110hhhhbbb100001nnnnnddddd',
  SQRSHRUN_s: '011111110hhhhbbb100011nnnnnddddd',
  SQSHRN_s: '010111110hhhhbbb100101nnnnnddddd',
  UQSHRN_s: '011111110hhhhbbb100101nnnnnddddd',
  SQRSHRN_s: '010111110hhhhbbb100111nnnnnddddd',
  UQRSHRN_s: '011111110hhhhbbb100111nnnnnddddd',
} as const satisfies Table;
