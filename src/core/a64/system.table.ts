import type { Table } from '../decode/row.ts';

/** Exception generation, system instructions, and returns from exceptions. Arm ARM DDI 0487, C4.1.3. */
export const system = {
  SVC: '11010100_000_iiiiiiiiiiiiiiii_00001',
  HVC: '11010100_000_iiiiiiiiiiiiiiii_00010',
  SMC: '11010100_000_iiiiiiiiiiiiiiii_00011',
  BRK: '11010100_001_iiiiiiiiiiiiiiii_00000',
  HLT: '11010100_010_iiiiiiiiiiiiiiii_00000',
  DCPS1: '11010100_101_iiiiiiiiiiiiiiii_00001',
  DCPS2: '11010100_101_iiiiiiiiiiiiiiii_00010',
  DCPS3: '11010100_101_iiiiiiiiiiiiiiii_00011',
  ERET: '1101011_0100_11111_000000_11111_00000',
  DRPS: '1101011_0101_11111_000000_11111_00000',

  HINT: '11010101_00_0_00_011_0010_mmmm_ooo_11111',
  CLREX: '11010101_00_0_00_011_0011_mmmm_010_11111',
  DSB: '11010101_00_0_00_011_0011_mmmm_100_11111',
  DMB: '11010101_00_0_00_011_0011_mmmm_101_11111',
  ISB: '11010101_00_0_00_011_0011_mmmm_110_11111',

  MSR_SPSel: '11010101_00_0_00_000_0100_mmmm_101_11111',
  MSR_DAIFSet: '11010101_00_0_00_011_0100_mmmm_110_11111',
  MSR_DAIFClr: '11010101_00_0_00_011_0100_mmmm_111_11111',

  SYS: '11010101_00_0_01_ppp_nnnn_mmmm_ooo_ttttt',
  SYSL: '11010101_00_1_01_ppp_nnnn_mmmm_ooo_ttttt',
  MSR: '11010101_00_0_1q_ppp_nnnn_mmmm_ooo_ttttt',
  MRS: '11010101_00_1_1q_ppp_nnnn_mmmm_ooo_ttttt',
} as const satisfies Table;
