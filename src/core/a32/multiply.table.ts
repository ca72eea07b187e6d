import type { Table } from '../decode/row.ts';

/** Multiply and multiply accumulate. Arm ARM DDI 0406C, A5.2.5. */
export const multiply = {
  MUL: '----_0000_000_s_dddd_----_mmmm_1001_nnnn',
  MLA: '----_0000_001_s_dddd_aaaa_mmmm_1001_nnnn',
  UMAAL: '----_0000_010_0_hhhh_llll_mmmm_1001_nnnn',
  MLS: '----_0000_011_0_dddd_aaaa_mmmm_1001_nnnn',
  UMULL: '----_0000_100_s_hhhh_llll_mmmm_1001_nnnn',
  UMLAL: '----_0000_101_s_hhhh_llll_mmmm_1001_nnnn',
  SMULL: '----_0000_110_s_hhhh_llll_mmmm_1001_nnnn',
  SMLAL: '----_0000_111_s_hhhh_llll_mmmm_1001_nnnn',
} as const satisfies Table;

/** Halfword multiply and multiply accumulate. Arm ARM DDI 0406C, A5.2.7. */
export const multiplyHalfword = {
  SMLAxy: '----_0001_0000_dddd_aaaa_mmmm_1_y_x_0_nnnn',
  SMLAWy: '----_0001_0010_dddd_aaaa_mmmm_1_y_0_0_nnnn',
  SMULWy: '----_0001_0010_dddd_----_mmmm_1_y_1_0_nnnn',
  SMLALxy: '----_0001_0100_hhhh_llll_mmmm_1_y_x_0_nnnn',
  SMULxy: '----_0001_0110_dddd_----_mmmm_1_y_x_0_nnnn',
} as const satisfies Table;

/** Signed multiply, signed and unsigned divide. Arm ARM DDI 0406C, A5.4.4. */
export const multiplySigned = {
  SMLAD: '----_0111_0000_dddd_aaaa_mmmm_00_x_1_nnnn',
  SMUAD: { bits: '----_0111_0000_dddd_1111_mmmm_00_x_1_nnnn', beats: ['SMLAD'] },
  SMLSD: '----_0111_0000_dddd_aaaa_mmmm_01_x_1_nnnn',
  SMUSD: { bits: '----_0111_0000_dddd_1111_mmmm_01_x_1_nnnn', beats: ['SMLSD'] },
  SDIV: '----_0111_0001_dddd_----_mmmm_0001_nnnn',
  UDIV: '----_0111_0011_dddd_----_mmmm_0001_nnnn',
  SMLALD: '----_0111_0100_hhhh_llll_mmmm_00_x_1_nnnn',
  SMLSLD: '----_0111_0100_hhhh_llll_mmmm_01_x_1_nnnn',
  SMMLA: '----_0111_0101_dddd_aaaa_mmmm_00_r_1_nnnn',
  SMMUL: { bits: '----_0111_0101_dddd_1111_mmmm_00_r_1_nnnn', beats: ['SMMLA'] },
  SMMLS: '----_0111_0101_dddd_aaaa_mmmm_11_r_1_nnnn',
} as const satisfies Table;
