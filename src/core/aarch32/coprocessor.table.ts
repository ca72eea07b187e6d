import type { Table } from '../decode/row.ts';

/**
 * Transfers with CP14 and CP15 (bit 8 tells which), in A32's form; T32's has 1110 for the condition. Other coprocessors than
 * these and VFP's are not there. Arm ARM DDI 0406C, A5.6.
 */
export const coprocessor = {
  MCR: '----_1110_ooo0_nnnn_tttt_111c_ppp1_mmmm',
  MRC: '----_1110_ooo1_nnnn_tttt_111c_ppp1_mmmm',
  MCRR: '----_1100_0100_uuuu_tttt_111c_oooo_mmmm',
  MRRC: '----_1100_0101_uuuu_tttt_111c_oooo_mmmm',
  STC: '----_110p_u0w0_nnnn_0101_1110_iiii_iiii',
  LDC: '----_110p_u0w1_nnnn_0101_1110_iiii_iiii',
} as const satisfies Table;

/** VFP's system registers. A7.8. */
export const vfpSystem = {
  VMSR: '----_1110_1110_rrrr_tttt_1010_---1_----',
  VMRS: '----_1110_1111_rrrr_tttt_1010_---1_----',
} as const satisfies Table;
