import type { Table } from '../decode/row.ts';

/** 16-bit load/store of one register. Arm ARM DDI 0406C, A6.2.4 and A6.2. */
export const t16Ldst = {
  STR_reg: '0101_000_mmm_nnn_ttt',
  STRH_reg: '0101_001_mmm_nnn_ttt',
  STRB_reg: '0101_010_mmm_nnn_ttt',
  LDRSB_reg: '0101_011_mmm_nnn_ttt',
  LDR_reg: '0101_100_mmm_nnn_ttt',
  LDRH_reg: '0101_101_mmm_nnn_ttt',
  LDRB_reg: '0101_110_mmm_nnn_ttt',
  LDRSH_reg: '0101_111_mmm_nnn_ttt',
  STR_imm: '0110_0_iiiii_nnn_ttt',
  LDR_imm: '0110_1_iiiii_nnn_ttt',
  STRB_imm: '0111_0_iiiii_nnn_ttt',
  LDRB_imm: '0111_1_iiiii_nnn_ttt',
  STRH_imm: '1000_0_iiiii_nnn_ttt',
  LDRH_imm: '1000_1_iiiii_nnn_ttt',
  STR_sp: '1001_0_ttt_iiiiiiii',
  LDR_sp: '1001_1_ttt_iiiiiiii',
  LDR_lit: '01001_ttt_iiiiiiii',
} as const satisfies Table;

/** 16-bit load/store multiple. A6.2, A6.2.5. */
export const t16Multiple = {
  STM: '1100_0_nnn_llllllll',
  LDM: '1100_1_nnn_llllllll',
  PUSH: '1011_0_10_h_llllllll',
  POP: '1011_1_10_h_llllllll',
} as const satisfies Table;
