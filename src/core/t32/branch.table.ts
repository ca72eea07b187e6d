import type { Table } from '../decode/row.ts';

/** Branches. Arm ARM DDI 0406C, A6.3.4. Conditions 14 and 15 are other instructions. */
export const branch = {
  B_EQ_to_VC: '11110_s_0_ccc_iiiiii_10_a_0_b_jjjjjjjjjjj',
  B_HI_to_LT: '11110_s_10_cc_iiiiii_10_a_0_b_jjjjjjjjjjj',
  B_GT_LE: '11110_s_110_c_iiiiii_10_a_0_b_jjjjjjjjjjj',
  B: '11110_s_iiiiiiiiii_10_a_1_b_jjjjjjjjjjj',
  BL: '11110_s_iiiiiiiiii_11_a_1_b_jjjjjjjjjjj',
  BLX_imm: '11110_s_iiiiiiiiii_11_a_0_b_jjjjjjjjjj_0',
} as const satisfies Table;

/** Of the miscellaneous control instructions: A6.3.4. */
export const monitor = {
  CLREX: '1111_0011_1011_----_10-0_----_0010_----',
} as const satisfies Table;
