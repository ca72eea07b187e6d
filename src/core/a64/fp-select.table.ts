import type { Table } from '../decode/row.ts';

/** Floating-point conditional select, and immediate. Arm ARM DDI 0487, C4.1. */
export const fpSelect = {
  FCSEL: '000111100t1mmmmmcccc11nnnnnddddd',
  FMOV_imm: '000111100t1iiiiiiii10000000ddddd',
} as const satisfies Table;
