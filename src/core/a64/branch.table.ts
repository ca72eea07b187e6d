import type { Table } from '../decode/row.ts';

/** Branches. Arm ARM DDI 0487, C4.1.3; exception generation and system instructions of that group are classes of their own. */
export const branch = {
  B: '0_00101_iiiiiiiiiiiiiiiiiiiiiiiiii',
  BL: '1_00101_iiiiiiiiiiiiiiiiiiiiiiiiii',
  B_cond: '0101010_0_iiiiiiiiiiiiiiiiiii_0_cccc',
  CBZ: 'z_011010_0_iiiiiiiiiiiiiiiiiii_ttttt',
  CBNZ: 'z_011010_1_iiiiiiiiiiiiiiiiiii_ttttt',
  TBZ: 'b_011011_0_bbbbb_iiiiiiiiiiiiii_ttttt',
  TBNZ: 'b_011011_1_bbbbb_iiiiiiiiiiiiii_ttttt',
  BR: '1101011_0000_11111_000000_nnnnn_00000',
  BLR: '1101011_0001_11111_000000_nnnnn_00000',
  RET: '1101011_0010_11111_000000_nnnnn_00000',
} as const satisfies Table;
