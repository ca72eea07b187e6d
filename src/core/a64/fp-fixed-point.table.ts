import type { Table } from '../decode/row.ts';

/** Conversion between floating-point and fixed-point: 64 - `c` fraction bits. Arm ARM DDI 0487, C4.1. */
export const fpFixedPoint = {
  SCVTF_fixed: 's00111100t000010ccccccnnnnnddddd',
  UCVTF_fixed: 's00111100t000011ccccccnnnnnddddd',
  FCVTZS_fixed: 's00111100t011000ccccccnnnnnddddd',
  FCVTZU_fixed: 's00111100t011001ccccccnnnnnddddd',
} as const satisfies Table;
