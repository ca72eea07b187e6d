import type { Table } from '../decode/row.ts';

/** Loads and stores of register pairs. Arm ARM DDI 0487, C4.1.4. */
export const ldstPair = {
  STNP: 'z0_101_0_000_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDNP: 'z0_101_0_000_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_post: 'z0_101_0_001_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_post: 'z0_101_0_001_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP: 'z0_101_0_010_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP: 'z0_101_0_010_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_pre: 'z0_101_0_011_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_pre: 'z0_101_0_011_1_iiiiiii_uuuuu_nnnnn_ttttt',
  LDPSW_post: '01_101_0_001_1_iiiiiii_uuuuu_nnnnn_ttttt',
  LDPSW: '01_101_0_010_1_iiiiiii_uuuuu_nnnnn_ttttt',
  LDPSW_pre: '01_101_0_011_1_iiiiiii_uuuuu_nnnnn_ttttt',
} as const satisfies Table;

/** Pairs of S and D registers by `z`, and of Q registers. */
export const ldstPairFp = {
  STNP_fp: '0z_101_1_000_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDNP_fp: '0z_101_1_000_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_fp_post: '0z_101_1_001_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_fp_post: '0z_101_1_001_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_fp: '0z_101_1_010_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_fp: '0z_101_1_010_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_fp_pre: '0z_101_1_011_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_fp_pre: '0z_101_1_011_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STNP_q: '10_101_1_000_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDNP_q: '10_101_1_000_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_q_post: '10_101_1_001_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_q_post: '10_101_1_001_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_q: '10_101_1_010_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_q: '10_101_1_010_1_iiiiiii_uuuuu_nnnnn_ttttt',
  STP_q_pre: '10_101_1_011_0_iiiiiii_uuuuu_nnnnn_ttttt',
  LDP_q_pre: '10_101_1_011_1_iiiiiii_uuuuu_nnnnn_ttttt',
} as const satisfies Table;
