import type { Table } from '../decode/row.ts';

/** Multiply, multiply accumulate. Arm ARM DDI 0406C, A6.3.16. */
export const multiply = {
  MLA: '1111_1011_0000_nnnn_aaaa_dddd_0000_mmmm',
  MUL: { bits: '1111_1011_0000_nnnn_1111_dddd_0000_mmmm', beats: ['MLA'] },
  MLS: '1111_1011_0000_nnnn_aaaa_dddd_0001_mmmm',
  SMLAxy: '1111_1011_0001_nnnn_aaaa_dddd_00_x_y_mmmm',
  SMULxy: { bits: '1111_1011_0001_nnnn_1111_dddd_00_x_y_mmmm', beats: ['SMLAxy'] },
  SMLAD: '1111_1011_0010_nnnn_aaaa_dddd_000_x_mmmm',
  SMUAD: { bits: '1111_1011_0010_nnnn_1111_dddd_000_x_mmmm', beats: ['SMLAD'] },
  SMLAWy: '1111_1011_0011_nnnn_aaaa_dddd_000_y_mmmm',
  SMULWy: { bits: '1111_1011_0011_nnnn_1111_dddd_000_y_mmmm', beats: ['SMLAWy'] },
  SMLSD: '1111_1011_0100_nnnn_aaaa_dddd_000_x_mmmm',
  SMUSD: { bits: '1111_1011_0100_nnnn_1111_dddd_000_x_mmmm', beats: ['SMLSD'] },
  SMMLA: '1111_1011_0101_nnnn_aaaa_dddd_000_r_mmmm',
  SMMUL: { bits: '1111_1011_0101_nnnn_1111_dddd_000_r_mmmm', beats: ['SMMLA'] },
  SMMLS: '1111_1011_0110_nnnn_aaaa_dddd_000_r_mmmm',
} as const satisfies Table;

/** Long multiply, long multiply accumulate, and divide. A6.3.17. */
export const multiplyLong = {
  SMULL: '1111_1011_1000_nnnn_llll_hhhh_0000_mmmm',
  SDIV: '1111_1011_1001_nnnn_----_dddd_1111_mmmm',
  UMULL: '1111_1011_1010_nnnn_llll_hhhh_0000_mmmm',
  UDIV: '1111_1011_1011_nnnn_----_dddd_1111_mmmm',
  SMLAL: '1111_1011_1100_nnnn_llll_hhhh_0000_mmmm',
  SMLALxy: '1111_1011_1100_nnnn_llll_hhhh_10_x_y_mmmm',
  SMLALD: '1111_1011_1100_nnnn_llll_hhhh_110_x_mmmm',
  SMLSLD: '1111_1011_1101_nnnn_llll_hhhh_110_x_mmmm',
  UMLAL: '1111_1011_1110_nnnn_llll_hhhh_0000_mmmm',
  UMAAL: '1111_1011_1110_nnnn_llll_hhhh_0110_mmmm',
} as const satisfies Table;
