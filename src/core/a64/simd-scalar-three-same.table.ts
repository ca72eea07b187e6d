import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar three same, integer. Arm ARM DDI 0487, C4.1. */
export const simdScalarThreeSame = {
  SQADD_s: '01011110zz1mmmmm000011nnnnnddddd',
  SQSUB_s: '01011110zz1mmmmm001011nnnnnddddd',
  CMGT_s: '01011110111mmmmm001101nnnnnddddd',
  CMGE_s: '01011110111mmmmm001111nnnnnddddd',
  SSHL_s: '01011110111mmmmm010001nnnnnddddd',
  SQSHL_s: '01011110zz1mmmmm010011nnnnnddddd',
  SRSHL_s: '01011110111mmmmm010101nnnnnddddd',
  SQRSHL_s: '01011110zz1mmmmm010111nnnnnddddd',
  ADD_s: '01011110111mmmmm100001nnnnnddddd',
  CMTST_s: '01011110111mmmmm100011nnnnnddddd',
  SQDMULH_s: '01011110zz1mmmmm101101nnnnnddddd',
  UQADD_s: '01111110zz1mmmmm000011nnnnnddddd',
  UQSUB_s: '01111110zz1mmmmm001011nnnnnddddd',
  CMHI_s: '01111110111mmmmm001101nnnnnddddd',
  CMHS_s: '01111110111mmmmm001111nnnnnddddd',
  USHL_s: '01111110111mmmmm010001nnnnnddddd',
  UQSHL_s: '01111110zz1mmmmm010011nnnnnddddd',
  URSHL_s: '01111110111mmmmm010101nnnnnddddd',
  UQRSHL_s: '01111110zz1mmmmm010111nnnnnddddd',
  SUB_s: '01111110111mmmmm100001nnnnnddddd',
  CMEQ_s: '01111110111mmmmm100011nnnnnddddd',
  SQRDMULH_s: '01111110zz1mmmmm101101nnnnnddddd',
} as const satisfies Table;
