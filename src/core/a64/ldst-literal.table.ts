import type { Table } from '../decode/row.ts';

/** Load register (literal). Arm ARM DDI 0487, C4.1.4. */
export const ldstLiteral = {
  LDR_lit: '0z_011_0_00_iiiiiiiiiiiiiiiiiii_ttttt',
  LDRSW_lit: '10_011_0_00_iiiiiiiiiiiiiiiiiii_ttttt',
  PRFM_lit: '11_011_0_00_-------------------_-----',
} as const satisfies Table;

export const ldstLiteralFp = {
  LDR_fp_lit: '0z_011_1_00_iiiiiiiiiiiiiiiiiii_ttttt',
  LDR_q_lit: '10_011_1_00_iiiiiiiiiiiiiiiiiii_ttttt',
} as const satisfies Table;
