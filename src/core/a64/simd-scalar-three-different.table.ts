import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar three different. Arm ARM DDI 0487, C4.1. */
export const simdScalarThreeDifferent = {
  SQDMLAL_s: '01011110zz1mmmmm100100nnnnnddddd',
  SQDMLSL_s: '01011110zz1mmmmm101100nnnnnddddd',
  SQDMULL_s: '01011110zz1mmmmm110100nnnnnddddd',
} as const satisfies Table;
