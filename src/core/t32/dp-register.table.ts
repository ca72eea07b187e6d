import type { Table } from '../decode/row.ts';

/** Data processing, shifted register. Arm ARM DDI 0406C, A6.3.11. */
export const dpShifted = {
  AND_reg: '11101_01_0000_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  TST_reg: { bits: '11101_01_0000_1_nnnn_-_iii_1111_ii_yy_mmmm', beats: ['AND_reg'] },
  BIC_reg: '11101_01_0001_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  ORR_reg: '11101_01_0010_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  MOV_reg: { bits: '11101_01_0010_s_1111_-_iii_dddd_ii_yy_mmmm', beats: ['ORR_reg'] },
  ORN_reg: '11101_01_0011_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  MVN_reg: { bits: '11101_01_0011_s_1111_-_iii_dddd_ii_yy_mmmm', beats: ['ORN_reg'] },
  EOR_reg: '11101_01_0100_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  TEQ_reg: { bits: '11101_01_0100_1_nnnn_-_iii_1111_ii_yy_mmmm', beats: ['EOR_reg'] },
  ADD_reg: '11101_01_1000_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  CMN_reg: { bits: '11101_01_1000_1_nnnn_-_iii_1111_ii_yy_mmmm', beats: ['ADD_reg'] },
  ADC_reg: '11101_01_1010_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  SBC_reg: '11101_01_1011_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  SUB_reg: '11101_01_1101_s_nnnn_-_iii_dddd_ii_yy_mmmm',
  CMP_reg: { bits: '11101_01_1101_1_nnnn_-_iii_1111_ii_yy_mmmm', beats: ['SUB_reg'] },
  RSB_reg: '11101_01_1110_s_nnnn_-_iii_dddd_ii_yy_mmmm',
} as const satisfies Table;

export const pack = {
  PKHBT: '11101_01_0110_0_nnnn_-_iii_dddd_ii_0_0_mmmm',
  PKHTB: '11101_01_0110_0_nnnn_-_iii_dddd_ii_1_0_mmmm',
} as const satisfies Table;

/** Data processing, register: LSL, LSR, ASR and ROR of Rm by a register. A6.3.12. */
export const dpRegisterShifted = {
  MOV_rsr: '1111_1010_0_yy_s_mmmm_1111_dddd_0000_rrrr',
} as const satisfies Table;

export const packing = {
  SXTAH: '1111_1010_0000_nnnn_1111_dddd_1_-_rr_mmmm',
  SXTH: { bits: '1111_1010_0000_1111_1111_dddd_1_-_rr_mmmm', beats: ['SXTAH'] },
  UXTAH: '1111_1010_0001_nnnn_1111_dddd_1_-_rr_mmmm',
  UXTH: { bits: '1111_1010_0001_1111_1111_dddd_1_-_rr_mmmm', beats: ['UXTAH'] },
  SXTAB16: '1111_1010_0010_nnnn_1111_dddd_1_-_rr_mmmm',
  SXTB16: { bits: '1111_1010_0010_1111_1111_dddd_1_-_rr_mmmm', beats: ['SXTAB16'] },
  UXTAB16: '1111_1010_0011_nnnn_1111_dddd_1_-_rr_mmmm',
  UXTB16: { bits: '1111_1010_0011_1111_1111_dddd_1_-_rr_mmmm', beats: ['UXTAB16'] },
  SXTAB: '1111_1010_0100_nnnn_1111_dddd_1_-_rr_mmmm',
  SXTB: { bits: '1111_1010_0100_1111_1111_dddd_1_-_rr_mmmm', beats: ['SXTAB'] },
  UXTAB: '1111_1010_0101_nnnn_1111_dddd_1_-_rr_mmmm',
  UXTB: { bits: '1111_1010_0101_1111_1111_dddd_1_-_rr_mmmm', beats: ['UXTAB'] },
  // Miscellaneous operations: A6.3.15. Rn repeats Rm.
  REV: '1111_1010_1001_----_1111_dddd_1000_mmmm',
  REV16: '1111_1010_1001_----_1111_dddd_1001_mmmm',
  RBIT: '1111_1010_1001_----_1111_dddd_1010_mmmm',
  REVSH: '1111_1010_1001_----_1111_dddd_1011_mmmm',
  CLZ: '1111_1010_1011_----_1111_dddd_1000_mmmm',
} as const satisfies Table;

export const saturatingAdd = {
  QADD: '1111_1010_1000_nnnn_1111_dddd_1000_mmmm',
  QDADD: '1111_1010_1000_nnnn_1111_dddd_1001_mmmm',
  QSUB: '1111_1010_1000_nnnn_1111_dddd_1010_mmmm',
  QDSUB: '1111_1010_1000_nnnn_1111_dddd_1011_mmmm',
} as const satisfies Table;

/** Parallel addition and subtraction: A6.3.13, A6.3.14. */
export const parallel = {
  SADD16: '1111_1010_1_001_nnnn_1111_dddd_0_0_00_mmmm',
  SASX: '1111_1010_1_010_nnnn_1111_dddd_0_0_00_mmmm',
  SSAX: '1111_1010_1_110_nnnn_1111_dddd_0_0_00_mmmm',
  SSUB16: '1111_1010_1_101_nnnn_1111_dddd_0_0_00_mmmm',
  SADD8: '1111_1010_1_000_nnnn_1111_dddd_0_0_00_mmmm',
  SSUB8: '1111_1010_1_100_nnnn_1111_dddd_0_0_00_mmmm',
  QADD16: '1111_1010_1_001_nnnn_1111_dddd_0_0_01_mmmm',
  QASX: '1111_1010_1_010_nnnn_1111_dddd_0_0_01_mmmm',
  QSAX: '1111_1010_1_110_nnnn_1111_dddd_0_0_01_mmmm',
  QSUB16: '1111_1010_1_101_nnnn_1111_dddd_0_0_01_mmmm',
  QADD8: '1111_1010_1_000_nnnn_1111_dddd_0_0_01_mmmm',
  QSUB8: '1111_1010_1_100_nnnn_1111_dddd_0_0_01_mmmm',
  SHADD16: '1111_1010_1_001_nnnn_1111_dddd_0_0_10_mmmm',
  SHASX: '1111_1010_1_010_nnnn_1111_dddd_0_0_10_mmmm',
  SHSAX: '1111_1010_1_110_nnnn_1111_dddd_0_0_10_mmmm',
  SHSUB16: '1111_1010_1_101_nnnn_1111_dddd_0_0_10_mmmm',
  SHADD8: '1111_1010_1_000_nnnn_1111_dddd_0_0_10_mmmm',
  SHSUB8: '1111_1010_1_100_nnnn_1111_dddd_0_0_10_mmmm',
  UADD16: '1111_1010_1_001_nnnn_1111_dddd_0_1_00_mmmm',
  UASX: '1111_1010_1_010_nnnn_1111_dddd_0_1_00_mmmm',
  USAX: '1111_1010_1_110_nnnn_1111_dddd_0_1_00_mmmm',
  USUB16: '1111_1010_1_101_nnnn_1111_dddd_0_1_00_mmmm',
  UADD8: '1111_1010_1_000_nnnn_1111_dddd_0_1_00_mmmm',
  USUB8: '1111_1010_1_100_nnnn_1111_dddd_0_1_00_mmmm',
  UQADD16: '1111_1010_1_001_nnnn_1111_dddd_0_1_01_mmmm',
  UQASX: '1111_1010_1_010_nnnn_1111_dddd_0_1_01_mmmm',
  UQSAX: '1111_1010_1_110_nnnn_1111_dddd_0_1_01_mmmm',
  UQSUB16: '1111_1010_1_101_nnnn_1111_dddd_0_1_01_mmmm',
  UQADD8: '1111_1010_1_000_nnnn_1111_dddd_0_1_01_mmmm',
  UQSUB8: '1111_1010_1_100_nnnn_1111_dddd_0_1_01_mmmm',
  UHADD16: '1111_1010_1_001_nnnn_1111_dddd_0_1_10_mmmm',
  UHASX: '1111_1010_1_010_nnnn_1111_dddd_0_1_10_mmmm',
  UHSAX: '1111_1010_1_110_nnnn_1111_dddd_0_1_10_mmmm',
  UHSUB16: '1111_1010_1_101_nnnn_1111_dddd_0_1_10_mmmm',
  UHADD8: '1111_1010_1_000_nnnn_1111_dddd_0_1_10_mmmm',
  UHSUB8: '1111_1010_1_100_nnnn_1111_dddd_0_1_10_mmmm',
  SEL: '1111_1010_1010_nnnn_1111_dddd_1000_mmmm',
  USADA8: '1111_1011_0111_nnnn_aaaa_dddd_0000_mmmm',
  USAD8: { bits: '1111_1011_0111_nnnn_1111_dddd_0000_mmmm', beats: ['USADA8'] },
} as const satisfies Table;
