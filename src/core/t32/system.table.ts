import type { Table } from '../decode/row.ts';

/** Miscellaneous 16-bit instructions: state and mode, hints, exception generation. Arm ARM DDI 0406C, A6.2.5, A6.2.6. */
export const t16System = {
  SETEND: '1011_0110_0101_e---',
  CPS: '1011_0110_011o_-aaa',
  BKPT: '1011_1110_iiii_iiii',
  HINT: '1011_1111_hhhh_0000',
  SVC: '1101_1111_iiii_iiii',
  UDF: '1101_1110_----_----',
} as const satisfies Table;

/** Of branches and miscellaneous control: PSRs, hints and CPS, barriers, exception generation and return. A6.3.4. */
export const system = {
  MSR_reg: '1111_0011_100r_nnnn_10-0_kkkk_--0-_----',
  MSR_banked: '1111_0011_100r_nnnn_10-0_ssss_--1h_----',
  MRS: '1111_0011_111r_----_10-0_dddd_--0-_----',
  MRS_banked: '1111_0011_111r_ssss_10-0_dddd_--1h_----',
  CPS: '1111_0011_1010_----_10-0_-oo0_aaa-_----',
  CPS_mode: '1111_0011_1010_----_10-0_-oo1_aaam_mmmm',
  HINT: { bits: '1111_0011_1010_----_10-0_-000_hhhh_hhhh', beats: ['CPS'] },
  DSB: '1111_0011_1011_----_10-0_----_0100_----',
  DMB: '1111_0011_1011_----_10-0_----_0101_----',
  ISB: '1111_0011_1011_----_10-0_----_0110_----',
  BXJ: '1111_0011_1100_mmmm_10-0_----_----_----',
  SUBS_PC_LR: '1111_0011_1101_----_10-0_----_iiii_iiii',
  HVC: '1111_0111_1110_iiii_1000_iiii_iiii_iiii',
  SMC: '1111_0111_1111_----_1000_----_----_----',
  UDF: '1111_0111_1111_----_1010_----_----_----',
} as const satisfies Table;

/** Of load/store multiple: what saves and restores PC and CPSR. A6.3.5. */
export const returnState = {
  SRS_DB: '1110_1000_00w0_----_----_----_---m_mmmm',
  SRS_IA: '1110_1001_10w0_----_----_----_---m_mmmm',
  RFE_DB: '1110_1000_00w1_nnnn_----_----_----_----',
  RFE_IA: '1110_1001_10w1_nnnn_----_----_----_----',
} as const satisfies Table;
