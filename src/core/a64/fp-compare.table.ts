import type { Table } from '../decode/row.ts';

/** Floating-point compare and conditional compare: `e` raises on quiet NaNs too. Arm ARM DDI 0487, C4.1. */
export const fpCompare = {
  FCMP: '000111100t1mmmmm001000nnnnne0000',
  FCMP_zero: '000111100t1-----001000nnnnne1000',
  FCCMP: '000111100t1mmmmmcccc01nnnnnezzzz',
} as const satisfies Table;
