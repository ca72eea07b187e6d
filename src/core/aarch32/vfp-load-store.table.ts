import type { Table } from '../decode/row.ts';

/**
 * Extension register loads and stores: `z` D registers, else S registers; of those of many registers `u` ascends from the base,
 * else they end below it. VPUSH and VPOP are among them. Arm ARM DDI 0406C, A7.6.
 */
export const vfpLoadStore = {
  VSTR: '----_1101_ud00_nnnn_dddd_101z_iiiiiiii',
  VLDR: '----_1101_ud01_nnnn_dddd_101z_iiiiiiii',
  VSTM: '----_1100_1dw0_nnnn_dddd_101z_iiiiiiii',
  VLDM: '----_1100_1dw1_nnnn_dddd_101z_iiiiiiii',
  VSTM_below: '----_1101_0d10_nnnn_dddd_101z_iiiiiiii',
  VLDM_below: '----_1101_0d11_nnnn_dddd_101z_iiiiiiii',
} as const satisfies Table;
