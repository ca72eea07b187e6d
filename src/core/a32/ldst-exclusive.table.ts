import type { Table } from '../decode/row.ts';

/** Synchronization primitives. Arm ARM DDI 0406C, A5.2.10. Bits 11:8 tell ARMv8's other encodings here, UNDEFINED before it. */
export const ldstExclusive = {
  SWP: '----_0001_0000_nnnn_tttt_----_1001_mmmm',
  SWPB: '----_0001_0100_nnnn_tttt_----_1001_mmmm',
  STREX: '----_0001_1000_nnnn_dddd_1111_1001_tttt',
  LDREX: '----_0001_1001_nnnn_tttt_1111_1001_----',
  STREXD: '----_0001_1010_nnnn_dddd_1111_1001_tttt',
  LDREXD: '----_0001_1011_nnnn_tttt_1111_1001_----',
  STREXB: '----_0001_1100_nnnn_dddd_1111_1001_tttt',
  LDREXB: '----_0001_1101_nnnn_tttt_1111_1001_----',
  STREXH: '----_0001_1110_nnnn_dddd_1111_1001_tttt',
  LDREXH: '----_0001_1111_nnnn_tttt_1111_1001_----',
} as const satisfies Table;
