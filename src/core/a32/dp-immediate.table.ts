import type { Table } from '../decode/row.ts';

/** Data processing, immediate, and the moves of 16 bits. Arm ARM DDI 0406C, A5.2.3 and A5.2. */
export const dpImmediate = {
  AND_imm: '----_001_0000_s_nnnn_dddd_iiiiiiiiiiii',
  EOR_imm: '----_001_0001_s_nnnn_dddd_iiiiiiiiiiii',
  SUB_imm: '----_001_0010_s_nnnn_dddd_iiiiiiiiiiii',
  RSB_imm: '----_001_0011_s_nnnn_dddd_iiiiiiiiiiii',
  ADD_imm: '----_001_0100_s_nnnn_dddd_iiiiiiiiiiii',
  ADC_imm: '----_001_0101_s_nnnn_dddd_iiiiiiiiiiii',
  SBC_imm: '----_001_0110_s_nnnn_dddd_iiiiiiiiiiii',
  RSC_imm: '----_001_0111_s_nnnn_dddd_iiiiiiiiiiii',
  TST_imm: '----_001_1000_1_nnnn_----_iiiiiiiiiiii',
  TEQ_imm: '----_001_1001_1_nnnn_----_iiiiiiiiiiii',
  CMP_imm: '----_001_1010_1_nnnn_----_iiiiiiiiiiii',
  CMN_imm: '----_001_1011_1_nnnn_----_iiiiiiiiiiii',
  ORR_imm: '----_001_1100_s_nnnn_dddd_iiiiiiiiiiii',
  MOV_imm: '----_001_1101_s_----_dddd_iiiiiiiiiiii',
  BIC_imm: '----_001_1110_s_nnnn_dddd_iiiiiiiiiiii',
  MVN_imm: '----_001_1111_s_----_dddd_iiiiiiiiiiii',
  MOVW: '----_001_1000_0_iiii_dddd_iiiiiiiiiiii',
  MOVT: '----_001_1010_0_iiii_dddd_iiiiiiiiiiii',
} as const satisfies Table;
