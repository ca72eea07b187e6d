import type { Table } from '../decode/row.ts';

/** Branches. Arm ARM DDI 0406C, A5.5. */
export const branch = {
  B: '----_1010_iiiiiiiiiiiiiiiiiiiiiiii',
  BL: '----_1011_iiiiiiiiiiiiiiiiiiiiiiii',
} as const satisfies Table;

/** Block data transfer. A5.5. */
export const ldstMultiple = {
  STM: '----_100_p_u_0_w_0_nnnn_llllllllllllllll',
  LDM: '----_100_p_u_0_w_1_nnnn_llllllllllllllll',
  STM_user: '----_100_p_u_1_-_0_nnnn_llllllllllllllll',
  LDM_user: '----_100_p_u_1_-_1_nnnn_0_lllllllllllllll',
  LDM_return: '----_100_p_u_1_w_1_nnnn_1_lllllllllllllll',
} as const satisfies Table;
