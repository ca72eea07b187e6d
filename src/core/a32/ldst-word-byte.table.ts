import type { Table } from '../decode/row.ts';

/** Load/store word and unsigned byte. Arm ARM DDI 0406C, A5.3. */
export const ldstWordByte = {
  STR_imm: '----_010_p_u_0_w_0_nnnn_tttt_iiiiiiiiiiii',
  STRT_imm: { bits: '----_010_0_u_0_1_0_nnnn_tttt_iiiiiiiiiiii', beats: ['STR_imm'] },
  STR_reg: '----_011_p_u_0_w_0_nnnn_tttt_iiiii_yy_0_mmmm',
  STRT_reg: { bits: '----_011_0_u_0_1_0_nnnn_tttt_iiiii_yy_0_mmmm', beats: ['STR_reg'] },
  LDR_imm: '----_010_p_u_0_w_1_nnnn_tttt_iiiiiiiiiiii',
  LDRT_imm: { bits: '----_010_0_u_0_1_1_nnnn_tttt_iiiiiiiiiiii', beats: ['LDR_imm'] },
  LDR_reg: '----_011_p_u_0_w_1_nnnn_tttt_iiiii_yy_0_mmmm',
  LDRT_reg: { bits: '----_011_0_u_0_1_1_nnnn_tttt_iiiii_yy_0_mmmm', beats: ['LDR_reg'] },
  STRB_imm: '----_010_p_u_1_w_0_nnnn_tttt_iiiiiiiiiiii',
  STRBT_imm: { bits: '----_010_0_u_1_1_0_nnnn_tttt_iiiiiiiiiiii', beats: ['STRB_imm'] },
  STRB_reg: '----_011_p_u_1_w_0_nnnn_tttt_iiiii_yy_0_mmmm',
  STRBT_reg: { bits: '----_011_0_u_1_1_0_nnnn_tttt_iiiii_yy_0_mmmm', beats: ['STRB_reg'] },
  LDRB_imm: '----_010_p_u_1_w_1_nnnn_tttt_iiiiiiiiiiii',
  LDRBT_imm: { bits: '----_010_0_u_1_1_1_nnnn_tttt_iiiiiiiiiiii', beats: ['LDRB_imm'] },
  LDRB_reg: '----_011_p_u_1_w_1_nnnn_tttt_iiiii_yy_0_mmmm',
  LDRBT_reg: { bits: '----_011_0_u_1_1_1_nnnn_tttt_iiiii_yy_0_mmmm', beats: ['LDRB_reg'] },
} as const satisfies Table;
