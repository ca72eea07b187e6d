import type { Table } from '../decode/row.ts';

/** Extra load/store: halfwords, signed bytes, doublewords. Arm ARM DDI 0406C, A5.2.8. */
export const ldstExtra = {
  STRH_imm: '----_000_p_u_1_w_0_nnnn_tttt_iiii_1011_iiii',
  STRH_reg: '----_000_p_u_0_w_0_nnnn_tttt_----_1011_mmmm',
  LDRH_imm: '----_000_p_u_1_w_1_nnnn_tttt_iiii_1011_iiii',
  LDRH_reg: '----_000_p_u_0_w_1_nnnn_tttt_----_1011_mmmm',
  LDRD_imm: '----_000_p_u_1_w_0_nnnn_tttt_iiii_1101_iiii',
  LDRD_reg: '----_000_p_u_0_w_0_nnnn_tttt_----_1101_mmmm',
  LDRSB_imm: '----_000_p_u_1_w_1_nnnn_tttt_iiii_1101_iiii',
  LDRSB_reg: '----_000_p_u_0_w_1_nnnn_tttt_----_1101_mmmm',
  STRD_imm: '----_000_p_u_1_w_0_nnnn_tttt_iiii_1111_iiii',
  STRD_reg: '----_000_p_u_0_w_0_nnnn_tttt_----_1111_mmmm',
  LDRSH_imm: '----_000_p_u_1_w_1_nnnn_tttt_iiii_1111_iiii',
  LDRSH_reg: '----_000_p_u_0_w_1_nnnn_tttt_----_1111_mmmm',
} as const satisfies Table;

/** Those without privilege. A5.2.9. */
export const ldstExtraUnprivileged = {
  STRHT_imm: { bits: '----_000_0_u_1_1_0_nnnn_tttt_iiii_1011_iiii', beats: ['STRH_imm'] },
  STRHT_reg: { bits: '----_000_0_u_0_1_0_nnnn_tttt_----_1011_mmmm', beats: ['STRH_reg'] },
  LDRHT_imm: { bits: '----_000_0_u_1_1_1_nnnn_tttt_iiii_1011_iiii', beats: ['LDRH_imm'] },
  LDRHT_reg: { bits: '----_000_0_u_0_1_1_nnnn_tttt_----_1011_mmmm', beats: ['LDRH_reg'] },
  LDRSBT_imm: { bits: '----_000_0_u_1_1_1_nnnn_tttt_iiii_1101_iiii', beats: ['LDRSB_imm'] },
  LDRSBT_reg: { bits: '----_000_0_u_0_1_1_nnnn_tttt_----_1101_mmmm', beats: ['LDRSB_reg'] },
  LDRSHT_imm: { bits: '----_000_0_u_1_1_1_nnnn_tttt_iiii_1111_iiii', beats: ['LDRSH_imm'] },
  LDRSHT_reg: { bits: '----_000_0_u_0_1_1_nnnn_tttt_----_1111_mmmm', beats: ['LDRSH_reg'] },
} as const satisfies Table;
