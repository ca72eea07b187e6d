import type { Table } from '../decode/row.ts';

/** Loads and stores of one SIMD&FP register: B, H, S and D by `s`, and Q. Arm ARM DDI 0487, C4.1.4. */
export const ldstRegisterFp = {
  // unsigned immediate
  STR_fp_imm: 'ss_111_1_01_00_iiiiiiiiiiii_nnnnn_ttttt',
  LDR_fp_imm: 'ss_111_1_01_01_iiiiiiiiiiii_nnnnn_ttttt',
  STR_q_imm: '00_111_1_01_10_iiiiiiiiiiii_nnnnn_ttttt',
  LDR_q_imm: '00_111_1_01_11_iiiiiiiiiiii_nnnnn_ttttt',
  // unscaled immediate
  STUR_fp: 'ss_111_1_00_00_0_iiiiiiiii_00_nnnnn_ttttt',
  LDUR_fp: 'ss_111_1_00_01_0_iiiiiiiii_00_nnnnn_ttttt',
  STUR_q: '00_111_1_00_10_0_iiiiiiiii_00_nnnnn_ttttt',
  LDUR_q: '00_111_1_00_11_0_iiiiiiiii_00_nnnnn_ttttt',
  // immediate post-indexed
  STR_fp_post: 'ss_111_1_00_00_0_iiiiiiiii_01_nnnnn_ttttt',
  LDR_fp_post: 'ss_111_1_00_01_0_iiiiiiiii_01_nnnnn_ttttt',
  STR_q_post: '00_111_1_00_10_0_iiiiiiiii_01_nnnnn_ttttt',
  LDR_q_post: '00_111_1_00_11_0_iiiiiiiii_01_nnnnn_ttttt',
  // immediate pre-indexed
  STR_fp_pre: 'ss_111_1_00_00_0_iiiiiiiii_11_nnnnn_ttttt',
  LDR_fp_pre: 'ss_111_1_00_01_0_iiiiiiiii_11_nnnnn_ttttt',
  STR_q_pre: '00_111_1_00_10_0_iiiiiiiii_11_nnnnn_ttttt',
  LDR_q_pre: '00_111_1_00_11_0_iiiiiiiii_11_nnnnn_ttttt',
  // register offset
  STR_fp_reg: 'ss_111_1_00_00_1_mmmmm_p1x_S_10_nnnnn_ttttt',
  LDR_fp_reg: 'ss_111_1_00_01_1_mmmmm_p1x_S_10_nnnnn_ttttt',
  STR_q_reg: '00_111_1_00_10_1_mmmmm_p1x_S_10_nnnnn_ttttt',
  LDR_q_reg: '00_111_1_00_11_1_mmmmm_p1x_S_10_nnnnn_ttttt',
} as const satisfies Table;
