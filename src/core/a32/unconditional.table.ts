import type { Table } from '../decode/row.ts';

/** Of the unconditional instructions (Arm ARM DDI 0406C, A5.7): the jump to T32, CLREX, and memory hints. */
export const unconditional = {
  BLX_imm: '1111_101_h_iiiiiiiiiiiiiiiiiiiiiiii',
  CLREX: '1111_0101_0111_----_----_----_0001_----',
  // PLD, PLDW, PLI, and hints that are not allocated.
  PRELOAD_imm: '1111_010_-_-_-_01_----_----_----_--------',
  PRELOAD_reg: '1111_011_-_-_-_01_----_----_----_---0_----',
} as const satisfies Table;
