import type { Table } from '../decode/row.ts';

/** Saturating addition and subtraction. Arm ARM DDI 0406C, A5.2.6. */
export const saturating = {
  QADD: '----_0001_0000_nnnn_dddd_----_0101_mmmm',
  QSUB: '----_0001_0010_nnnn_dddd_----_0101_mmmm',
  QDADD: '----_0001_0100_nnnn_dddd_----_0101_mmmm',
  QDSUB: '----_0001_0110_nnnn_dddd_----_0101_mmmm',
} as const satisfies Table;
