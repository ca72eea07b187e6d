import type { Table } from '../decode/row.ts';

/** Floating-point data-processing (3 source). Arm ARM DDI 0487, C4.1. */
export const fpThreeSource = {
  FMADD: '000111110t0mmmmm0aaaaannnnnddddd',
  FMSUB: '000111110t0mmmmm1aaaaannnnnddddd',
  FNMADD: '000111110t1mmmmm0aaaaannnnnddddd',
  FNMSUB: '000111110t1mmmmm1aaaaannnnnddddd',
} as const satisfies Table;
