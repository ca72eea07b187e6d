import type { Table } from '../decode/row.ts';

/** Data processing, immediate. Arm ARM DDI 0487, C4.1.2. */
export const dpImmediate = {
  // PC-relative addressing
  ADR: '0_ll_10000_hhhhhhhhhhhhhhhhhhh_ddddd',
  ADRP: '1_ll_10000_hhhhhhhhhhhhhhhhhhh_ddddd',
  // Add and subtract
  ADD_imm: 'z_0_0_100010_s_iiiiiiiiiiii_nnnnn_ddddd',
  ADDS_imm: 'z_0_1_100010_s_iiiiiiiiiiii_nnnnn_ddddd',
  SUB_imm: 'z_1_0_100010_s_iiiiiiiiiiii_nnnnn_ddddd',
  SUBS_imm: 'z_1_1_100010_s_iiiiiiiiiiii_nnnnn_ddddd',
  // Logical
  AND_imm: 'z_00_100100_N_rrrrrr_ssssss_nnnnn_ddddd',
  ORR_imm: 'z_01_100100_N_rrrrrr_ssssss_nnnnn_ddddd',
  EOR_imm: 'z_10_100100_N_rrrrrr_ssssss_nnnnn_ddddd',
  ANDS_imm: 'z_11_100100_N_rrrrrr_ssssss_nnnnn_ddddd',
  // Move wide
  MOVN: 'z_00_100101_hh_iiiiiiiiiiiiiiii_ddddd',
  MOVZ: 'z_10_100101_hh_iiiiiiiiiiiiiiii_ddddd',
  MOVK: 'z_11_100101_hh_iiiiiiiiiiiiiiii_ddddd',
  // Bitfield
  SBFM: 'z_00_100110_N_rrrrrr_ssssss_nnnnn_ddddd',
  BFM: 'z_01_100110_N_rrrrrr_ssssss_nnnnn_ddddd',
  UBFM: 'z_10_100110_N_rrrrrr_ssssss_nnnnn_ddddd',
  // Extract
  EXTR: 'z_00_100111_N_0_mmmmm_ssssss_nnnnn_ddddd',
} as const satisfies Table;
