import type { Table } from '../decode/row.ts';

/** Load/store multiple. Arm ARM DDI 0406C, A6.3.5. */
export const ldstMultiple = {
  STM: '1110_100_01_0_w_0_nnnn_llllllllllllllll',
  LDM: '1110_100_01_0_w_1_nnnn_llllllllllllllll',
  STMDB: '1110_100_10_0_w_0_nnnn_llllllllllllllll',
  LDMDB: '1110_100_10_0_w_1_nnnn_llllllllllllllll',
} as const satisfies Table;

/** Load/store dual or exclusive, table branch. A6.3.6. */
export const ldstDual = {
  STRD: '1110_100_1_u_1_w_0_nnnn_tttt_vvvv_iiiiiiii',
  LDRD: '1110_100_1_u_1_w_1_nnnn_tttt_vvvv_iiiiiiii',
  STRD_post: '1110_100_0_u_1_1_0_nnnn_tttt_vvvv_iiiiiiii',
  LDRD_post: '1110_100_0_u_1_1_1_nnnn_tttt_vvvv_iiiiiiii',
  STREX: '1110_100_0_0_1_0_0_nnnn_tttt_dddd_iiiiiiii',
  LDREX: '1110_100_0_0_1_0_1_nnnn_tttt_----_iiiiiiii',
  STREXB: '1110_100_0_1_1_0_0_nnnn_tttt_----_0100_dddd',
  STREXH: '1110_100_0_1_1_0_0_nnnn_tttt_----_0101_dddd',
  STREXD: '1110_100_0_1_1_0_0_nnnn_tttt_uuuu_0111_dddd',
  LDREXB: '1110_100_0_1_1_0_1_nnnn_tttt_----_0100_----',
  LDREXH: '1110_100_0_1_1_0_1_nnnn_tttt_----_0101_----',
  LDREXD: '1110_100_0_1_1_0_1_nnnn_tttt_uuuu_0111_----',
  TBB: '1110_100_0_1_1_0_1_nnnn_----_----_0000_mmmm',
  TBH: '1110_100_0_1_1_0_1_nnnn_----_----_0001_mmmm',
} as const satisfies Table;
