import type { Table } from '../decode/row.ts';

/**
 * Data processing, register. Arm ARM DDI 0406C, A5.2.1. MOV with a shift is LSL, LSR, ASR, ROR and RRX. Here as in all tables
 * of A32, bits that should be 0 or 1 are not looked at.
 */
export const dpRegister = {
  AND_reg: '----_000_0000_s_nnnn_dddd_iiiii_yy_0_mmmm',
  EOR_reg: '----_000_0001_s_nnnn_dddd_iiiii_yy_0_mmmm',
  SUB_reg: '----_000_0010_s_nnnn_dddd_iiiii_yy_0_mmmm',
  RSB_reg: '----_000_0011_s_nnnn_dddd_iiiii_yy_0_mmmm',
  ADD_reg: '----_000_0100_s_nnnn_dddd_iiiii_yy_0_mmmm',
  ADC_reg: '----_000_0101_s_nnnn_dddd_iiiii_yy_0_mmmm',
  SBC_reg: '----_000_0110_s_nnnn_dddd_iiiii_yy_0_mmmm',
  RSC_reg: '----_000_0111_s_nnnn_dddd_iiiii_yy_0_mmmm',
  TST_reg: '----_000_1000_1_nnnn_----_iiiii_yy_0_mmmm',
  TEQ_reg: '----_000_1001_1_nnnn_----_iiiii_yy_0_mmmm',
  CMP_reg: '----_000_1010_1_nnnn_----_iiiii_yy_0_mmmm',
  CMN_reg: '----_000_1011_1_nnnn_----_iiiii_yy_0_mmmm',
  ORR_reg: '----_000_1100_s_nnnn_dddd_iiiii_yy_0_mmmm',
  MOV_reg: '----_000_1101_s_----_dddd_iiiii_yy_0_mmmm',
  BIC_reg: '----_000_1110_s_nnnn_dddd_iiiii_yy_0_mmmm',
  MVN_reg: '----_000_1111_s_----_dddd_iiiii_yy_0_mmmm',
} as const satisfies Table;
