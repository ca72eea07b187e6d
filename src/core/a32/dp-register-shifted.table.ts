import type { Table } from '../decode/row.ts';

/** Data processing, register-shifted register. Arm ARM DDI 0406C, A5.2.2. */
export const dpRegisterShifted = {
  AND_rsr: '----_000_0000_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  EOR_rsr: '----_000_0001_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  SUB_rsr: '----_000_0010_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  RSB_rsr: '----_000_0011_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  ADD_rsr: '----_000_0100_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  ADC_rsr: '----_000_0101_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  SBC_rsr: '----_000_0110_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  RSC_rsr: '----_000_0111_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  TST_rsr: '----_000_1000_1_nnnn_----_rrrr_0_yy_1_mmmm',
  TEQ_rsr: '----_000_1001_1_nnnn_----_rrrr_0_yy_1_mmmm',
  CMP_rsr: '----_000_1010_1_nnnn_----_rrrr_0_yy_1_mmmm',
  CMN_rsr: '----_000_1011_1_nnnn_----_rrrr_0_yy_1_mmmm',
  ORR_rsr: '----_000_1100_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  MOV_rsr: '----_000_1101_s_----_dddd_rrrr_0_yy_1_mmmm',
  BIC_rsr: '----_000_1110_s_nnnn_dddd_rrrr_0_yy_1_mmmm',
  MVN_rsr: '----_000_1111_s_----_dddd_rrrr_0_yy_1_mmmm',
} as const satisfies Table;
