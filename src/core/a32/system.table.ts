import type { Table } from '../decode/row.ts';

/** Of the miscellaneous instructions: access to PSRs, exception generation and return. Arm ARM DDI 0406C, A5.2.12. */
export const miscellaneous = {
  MRS: '----_0001_0r00_----_dddd_--0-_0000_----',
  MRS_banked: '----_0001_0r00_ssss_dddd_--1h_0000_----',
  MSR_reg: '----_0001_0r10_kkkk_----_--0-_0000_nnnn',
  MSR_banked: '----_0001_0r10_ssss_----_--1h_0000_nnnn',
  BXJ: '----_0001_0010_----_----_----_0010_mmmm',
  ERET: '----_0001_0110_----_----_----_0110_----',
  BKPT: '----_0001_0010_iiii_iiii_iiii_0111_iiii',
  HVC: '----_0001_0100_iiii_iiii_iiii_0111_iiii',
  SMC: '----_0001_0110_----_----_----_0111_----',
  SVC: '----_1111_iiii_iiii_iiii_iiii_iiii_iiii',
} as const satisfies Table;

/** MSR (immediate), and hints. A5.2.11. */
export const immediateAndHints = {
  MSR_imm: '----_0011_0r10_kkkk_----_iiii_iiii_iiii',
  HINT: { bits: 'cccc_0011_0010_0000_----_----_hhhh_hhhh', beats: ['MSR_imm'] },
} as const satisfies Table;

/** Of the unconditional instructions: state and mode, barriers, and what saves and restores PC and CPSR. A5.7. */
export const unconditionalSystem = {
  CPS: '1111_0001_0000_oo-0_----_---a_aa0-_----',
  CPS_mode: { bits: '1111_0001_0000_oo10_----_---a_aa0m_mmmm', beats: ['CPS'] },
  SETEND: '1111_0001_0000_---1_----_--e-_0000_----',
  DSB: '1111_0101_0111_----_----_----_0100_----',
  DMB: '1111_0101_0111_----_----_----_0101_----',
  ISB: '1111_0101_0111_----_----_----_0110_----',
  SRS: '1111_100p_u1w0_----_----_0101_---m_mmmm',
  RFE: '1111_100p_u0w1_nnnn_----_1010_----_----',
} as const satisfies Table;
