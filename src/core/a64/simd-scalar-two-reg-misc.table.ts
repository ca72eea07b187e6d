import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar two-register miscellaneous, integer, and scalar pairwise ADDP. Arm ARM DDI 0487, C4.1. */
export const simdScalarTwoRegMisc = {
  SUQADD_s: '01011110zz100000001110nnnnnddddd',
  USQADD_s: '01111110zz100000001110nnnnnddddd',
  SQABS_s: '01011110zz100000011110nnnnnddddd',
  SQNEG_s: '01111110zz100000011110nnnnnddddd',
  CMGT_zero_s: '0101111011100000100010nnnnnddddd',
  CMGE_zero_s: '0111111011100000100010nnnnnddddd',
  CMEQ_zero_s: '0101111011100000100110nnnnnddddd',
  CMLE_zero_s: '0111111011100000100110nnnnnddddd',
  CMLT_zero_s: '0101111011100000101010nnnnnddddd',
  ABS_s: '0101111011100000101110nnnnnddddd',
  NEG_s: '0111111011100000101110nnnnnddddd',
  SQXTUN_s: '01111110zz100001001010nnnnnddddd',
  SQXTN_s: '01011110zz100001010010nnnnnddddd',
  UQXTN_s: '01111110zz100001010010nnnnnddddd',
  ADDP_s: '0101111011110001101110nnnnnddddd',
} as const satisfies Table;
