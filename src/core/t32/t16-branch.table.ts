import type { Table } from '../decode/row.ts';

/** 16-bit branches. Arm ARM DDI 0406C, A6.2.3, A6.2.5, A6.2.6, A6.2. Conditions 14 and 15 are other instructions. */
export const t16Branch = {
  BX: '010001_11_0_mmmm_---',
  BLX_reg: '010001_11_1_mmmm_---',
  CBZ: '1011_0_0_i_1_iiiii_nnn',
  CBNZ: '1011_1_0_i_1_iiiii_nnn',
  B_EQ_to_VC: '1101_0_ccc_iiiiiiii',
  B_HI_to_LT: '1101_10_cc_iiiiiiii',
  B_GT_LE: '1101_110_c_iiiiiiii',
  B: '11100_iiiiiiiiiii',
} as const satisfies Table;

/** If-Then for one to four instructions: m has the lowest bits of the conditions behind the first. A6.2.5, A8.8.54. */
export const t16IfThen = {
  IT: '1011_1111_cccc_1000',
  ITx: '1011_1111_cccc_m_100',
  ITxy: '1011_1111_cccc_mm_10',
  ITxyz: '1011_1111_cccc_mmm_1',
} as const satisfies Table;
