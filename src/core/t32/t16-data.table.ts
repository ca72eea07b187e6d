import type { Table } from '../decode/row.ts';

/** 16-bit shift, add, subtract, move and compare. Arm ARM DDI 0406C, A6.2.1. */
export const t16Immediate = {
  LSL_imm: '000_00_iiiii_mmm_ddd',
  LSR_imm: '000_01_iiiii_mmm_ddd',
  ASR_imm: '000_10_iiiii_mmm_ddd',
  ADD_reg: '000_11_0_0_mmm_nnn_ddd',
  SUB_reg: '000_11_0_1_mmm_nnn_ddd',
  ADD_imm3: '000_11_1_0_iii_nnn_ddd',
  SUB_imm3: '000_11_1_1_iii_nnn_ddd',
  MOV_imm8: '001_00_ddd_iiiiiiii',
  CMP_imm8: '001_01_ddd_iiiiiiii',
  ADD_imm8: '001_10_ddd_iiiiiiii',
  SUB_imm8: '001_11_ddd_iiiiiiii',
} as const satisfies Table;

/** 16-bit data processing: Rd is the first operand too. A6.2.2. */
export const t16Register = {
  AND: '010000_0000_mmm_ddd',
  EOR: '010000_0001_mmm_ddd',
  LSL: '010000_0010_mmm_ddd',
  LSR: '010000_0011_mmm_ddd',
  ASR: '010000_0100_mmm_ddd',
  ADC: '010000_0101_mmm_ddd',
  SBC: '010000_0110_mmm_ddd',
  ROR: '010000_0111_mmm_ddd',
  TST: '010000_1000_mmm_ddd',
  RSB: '010000_1001_mmm_ddd',
  CMP: '010000_1010_mmm_ddd',
  CMN: '010000_1011_mmm_ddd',
  ORR: '010000_1100_mmm_ddd',
  MUL: '010000_1101_mmm_ddd',
  BIC: '010000_1110_mmm_ddd',
  MVN: '010000_1111_mmm_ddd',
} as const satisfies Table;

/** Special data: any register, no flags. A6.2.3. */
export const t16Special = {
  ADD_hi: '010001_00_d_mmmm_ddd',
  CMP_hi: '010001_01_d_mmmm_ddd',
  MOV_hi: '010001_10_d_mmmm_ddd',
} as const satisfies Table;

/** Addresses by PC and SP. A6.2, A6.2.5. */
export const t16Address = {
  ADR: '10100_ddd_iiiiiiii',
  ADD_SP_imm8: '10101_ddd_iiiiiiii',
  ADD_SP_imm7: '1011_0000_0_iiiiiii',
  SUB_SP_imm7: '1011_0000_1_iiiiiii',
} as const satisfies Table;

/** Extension and reversal. A6.2.5. */
export const t16Packing = {
  SXTH: '1011_0010_00_mmm_ddd',
  SXTB: '1011_0010_01_mmm_ddd',
  UXTH: '1011_0010_10_mmm_ddd',
  UXTB: '1011_0010_11_mmm_ddd',
  REV: '1011_1010_00_mmm_ddd',
  REV16: '1011_1010_01_mmm_ddd',
  REVSH: '1011_1010_11_mmm_ddd',
} as const satisfies Table;
