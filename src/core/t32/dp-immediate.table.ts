import type { Table } from '../decode/row.ts';

/** Data processing, modified immediate. Arm ARM DDI 0406C, A6.3.1. Here as in all tables of T32, bits that should be 0 or 1 are not looked at. */
export const dpImmediate = {
  AND_imm: '11110_i_0_0000_s_nnnn_0_iii_dddd_iiiiiiii',
  TST_imm: { bits: '11110_i_0_0000_1_nnnn_0_iii_1111_iiiiiiii', beats: ['AND_imm'] },
  BIC_imm: '11110_i_0_0001_s_nnnn_0_iii_dddd_iiiiiiii',
  ORR_imm: '11110_i_0_0010_s_nnnn_0_iii_dddd_iiiiiiii',
  MOV_imm: { bits: '11110_i_0_0010_s_1111_0_iii_dddd_iiiiiiii', beats: ['ORR_imm'] },
  ORN_imm: '11110_i_0_0011_s_nnnn_0_iii_dddd_iiiiiiii',
  MVN_imm: { bits: '11110_i_0_0011_s_1111_0_iii_dddd_iiiiiiii', beats: ['ORN_imm'] },
  EOR_imm: '11110_i_0_0100_s_nnnn_0_iii_dddd_iiiiiiii',
  TEQ_imm: { bits: '11110_i_0_0100_1_nnnn_0_iii_1111_iiiiiiii', beats: ['EOR_imm'] },
  ADD_imm: '11110_i_0_1000_s_nnnn_0_iii_dddd_iiiiiiii',
  CMN_imm: { bits: '11110_i_0_1000_1_nnnn_0_iii_1111_iiiiiiii', beats: ['ADD_imm'] },
  ADC_imm: '11110_i_0_1010_s_nnnn_0_iii_dddd_iiiiiiii',
  SBC_imm: '11110_i_0_1011_s_nnnn_0_iii_dddd_iiiiiiii',
  SUB_imm: '11110_i_0_1101_s_nnnn_0_iii_dddd_iiiiiiii',
  CMP_imm: { bits: '11110_i_0_1101_1_nnnn_0_iii_1111_iiiiiiii', beats: ['SUB_imm'] },
  RSB_imm: '11110_i_0_1110_s_nnnn_0_iii_dddd_iiiiiiii',
} as const satisfies Table;

/** Data processing, plain binary immediate. A6.3.3. */
export const dpPlainImmediate = {
  ADDW: '11110_i_1_0000_0_nnnn_0_iii_dddd_iiiiiiii',
  ADR_after: { bits: '11110_i_1_0000_0_1111_0_iii_dddd_iiiiiiii', beats: ['ADDW'] },
  SUBW: '11110_i_1_0101_0_nnnn_0_iii_dddd_iiiiiiii',
  ADR_before: { bits: '11110_i_1_0101_0_1111_0_iii_dddd_iiiiiiii', beats: ['SUBW'] },
  MOVW: '11110_i_1_0010_0_hhhh_0_iii_dddd_iiiiiiii',
  MOVT: '11110_i_1_0110_0_hhhh_0_iii_dddd_iiiiiiii',
} as const satisfies Table;

export const saturating = {
  SSAT: '11110_-_1_100_h_0_nnnn_0_iii_dddd_ii_-_wwwww',
  SSAT16: { bits: '11110_-_1_100_1_0_nnnn_0_000_dddd_00_-_-wwww', beats: ['SSAT'] },
  USAT: '11110_-_1_110_h_0_nnnn_0_iii_dddd_ii_-_wwwww',
  USAT16: { bits: '11110_-_1_110_1_0_nnnn_0_000_dddd_00_-_-wwww', beats: ['USAT'] },
} as const satisfies Table;

export const bitfield = {
  SBFX: '11110_-_1_1010_0_nnnn_0_lll_dddd_ll_-_wwwww',
  BFI: '11110_-_1_1011_0_nnnn_0_lll_dddd_ll_-_kkkkk',
  BFC: { bits: '11110_-_1_1011_0_1111_0_lll_dddd_ll_-_kkkkk', beats: ['BFI'] },
  UBFX: '11110_-_1_1110_0_nnnn_0_lll_dddd_ll_-_wwwww',
} as const satisfies Table;
