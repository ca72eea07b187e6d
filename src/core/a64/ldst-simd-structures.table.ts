import type { Table } from '../decode/row.ts';

/**
 * AdvSIMD loads and stores of multiple structures: LD1 to LD4 and ST1 to ST4, of 1 to 4 registers. Arm ARM DDI 0487, C4.1.4.
 * `z` is the element's size, `q` the register's. Post-indexed by Xm, or where m is 31 by the size of what was accessed.
 */
export const ldstSimdMultiple = {
  // Multiple structures
  ST4: '0_q_0011000_0_000000_0000_zz_nnnnn_ttttt',
  ST1_4: '0_q_0011000_0_000000_0010_zz_nnnnn_ttttt',
  ST3: '0_q_0011000_0_000000_0100_zz_nnnnn_ttttt',
  ST1_3: '0_q_0011000_0_000000_0110_zz_nnnnn_ttttt',
  ST1_1: '0_q_0011000_0_000000_0111_zz_nnnnn_ttttt',
  ST2: '0_q_0011000_0_000000_1000_zz_nnnnn_ttttt',
  ST1_2: '0_q_0011000_0_000000_1010_zz_nnnnn_ttttt',
  LD4: '0_q_0011000_1_000000_0000_zz_nnnnn_ttttt',
  LD1_4: '0_q_0011000_1_000000_0010_zz_nnnnn_ttttt',
  LD3: '0_q_0011000_1_000000_0100_zz_nnnnn_ttttt',
  LD1_3: '0_q_0011000_1_000000_0110_zz_nnnnn_ttttt',
  LD1_1: '0_q_0011000_1_000000_0111_zz_nnnnn_ttttt',
  LD2: '0_q_0011000_1_000000_1000_zz_nnnnn_ttttt',
  LD1_2: '0_q_0011000_1_000000_1010_zz_nnnnn_ttttt',
  // Multiple structures, post-indexed
  ST4_post: '0_q_0011001_0_0_mmmmm_0000_zz_nnnnn_ttttt',
  ST1_4_post: '0_q_0011001_0_0_mmmmm_0010_zz_nnnnn_ttttt',
  ST3_post: '0_q_0011001_0_0_mmmmm_0100_zz_nnnnn_ttttt',
  ST1_3_post: '0_q_0011001_0_0_mmmmm_0110_zz_nnnnn_ttttt',
  ST1_1_post: '0_q_0011001_0_0_mmmmm_0111_zz_nnnnn_ttttt',
  ST2_post: '0_q_0011001_0_0_mmmmm_1000_zz_nnnnn_ttttt',
  ST1_2_post: '0_q_0011001_0_0_mmmmm_1010_zz_nnnnn_ttttt',
  LD4_post: '0_q_0011001_1_0_mmmmm_0000_zz_nnnnn_ttttt',
  LD1_4_post: '0_q_0011001_1_0_mmmmm_0010_zz_nnnnn_ttttt',
  LD3_post: '0_q_0011001_1_0_mmmmm_0100_zz_nnnnn_ttttt',
  LD1_3_post: '0_q_0011001_1_0_mmmmm_0110_zz_nnnnn_ttttt',
  LD1_1_post: '0_q_0011001_1_0_mmmmm_0111_zz_nnnnn_ttttt',
  LD2_post: '0_q_0011001_1_0_mmmmm_1000_zz_nnnnn_ttttt',
  LD1_2_post: '0_q_0011001_1_0_mmmmm_1010_zz_nnnnn_ttttt',
} as const satisfies Table;

/** Single structures of 1 to 4 elements (1 + r + 2p): LD1 to LD4 and ST1 to ST4 of a lane, LD1R to LD4R. */
export const ldstSimdSingle = {
  // Single structure, to or from one lane
  ST_lane_b: '0_q_0011010_0_r_00000_00p_S_zz_nnnnn_ttttt',
  ST_lane_h: '0_q_0011010_0_r_00000_01p_S_z0_nnnnn_ttttt',
  ST_lane_s: '0_q_0011010_0_r_00000_10p_S_00_nnnnn_ttttt',
  ST_lane_d: '0_q_0011010_0_r_00000_10p_0_01_nnnnn_ttttt',
  LD_lane_b: '0_q_0011010_1_r_00000_00p_S_zz_nnnnn_ttttt',
  LD_lane_h: '0_q_0011010_1_r_00000_01p_S_z0_nnnnn_ttttt',
  LD_lane_s: '0_q_0011010_1_r_00000_10p_S_00_nnnnn_ttttt',
  LD_lane_d: '0_q_0011010_1_r_00000_10p_0_01_nnnnn_ttttt',
  LD_replicate: '0_q_0011010_1_r_00000_11p_0_zz_nnnnn_ttttt',
  // Single structure, to or from one lane, post-indexed
  ST_lane_b_post: '0_q_0011011_0_r_mmmmm_00p_S_zz_nnnnn_ttttt',
  ST_lane_h_post: '0_q_0011011_0_r_mmmmm_01p_S_z0_nnnnn_ttttt',
  ST_lane_s_post: '0_q_0011011_0_r_mmmmm_10p_S_00_nnnnn_ttttt',
  ST_lane_d_post: '0_q_0011011_0_r_mmmmm_10p_0_01_nnnnn_ttttt',
  LD_lane_b_post: '0_q_0011011_1_r_mmmmm_00p_S_zz_nnnnn_ttttt',
  LD_lane_h_post: '0_q_0011011_1_r_mmmmm_01p_S_z0_nnnnn_ttttt',
  LD_lane_s_post: '0_q_0011011_1_r_mmmmm_10p_S_00_nnnnn_ttttt',
  LD_lane_d_post: '0_q_0011011_1_r_mmmmm_10p_0_01_nnnnn_ttttt',
  LD_replicate_post: '0_q_0011011_1_r_mmmmm_11p_0_zz_nnnnn_ttttt',
} as const satisfies Table;
