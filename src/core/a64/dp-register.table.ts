import type { Table } from '../decode/row.ts';

/** Data processing, register. Arm ARM DDI 0487, C4.1.5. */
export const dpRegister = {
  // Logical (shifted register)
  AND_shift: 'z_00_01010_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  BIC_shift: 'z_00_01010_tt_1_mmmmm_iiiiii_nnnnn_ddddd',
  ORR_shift: 'z_01_01010_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  ORN_shift: 'z_01_01010_tt_1_mmmmm_iiiiii_nnnnn_ddddd',
  EOR_shift: 'z_10_01010_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  EON_shift: 'z_10_01010_tt_1_mmmmm_iiiiii_nnnnn_ddddd',
  ANDS_shift: 'z_11_01010_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  BICS_shift: 'z_11_01010_tt_1_mmmmm_iiiiii_nnnnn_ddddd',
  // Add and subtract (shifted register)
  ADD_shift: 'z_0_0_01011_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  ADDS_shift: 'z_0_1_01011_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  SUB_shift: 'z_1_0_01011_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  SUBS_shift: 'z_1_1_01011_tt_0_mmmmm_iiiiii_nnnnn_ddddd',
  // Add and subtract (extended register)
  ADD_ext: 'z_0_0_01011_00_1_mmmmm_ppp_iii_nnnnn_ddddd',
  ADDS_ext: 'z_0_1_01011_00_1_mmmmm_ppp_iii_nnnnn_ddddd',
  SUB_ext: 'z_1_0_01011_00_1_mmmmm_ppp_iii_nnnnn_ddddd',
  SUBS_ext: 'z_1_1_01011_00_1_mmmmm_ppp_iii_nnnnn_ddddd',
  // Add and subtract (with carry)
  ADC: 'z_0_0_11010000_mmmmm_000000_nnnnn_ddddd',
  ADCS: 'z_0_1_11010000_mmmmm_000000_nnnnn_ddddd',
  SBC: 'z_1_0_11010000_mmmmm_000000_nnnnn_ddddd',
  SBCS: 'z_1_1_11010000_mmmmm_000000_nnnnn_ddddd',
  // Conditional compare
  CCMN_reg: 'z_0_1_11010010_mmmmm_cccc_0_0_nnnnn_0_ffff',
  CCMP_reg: 'z_1_1_11010010_mmmmm_cccc_0_0_nnnnn_0_ffff',
  CCMN_imm: 'z_0_1_11010010_iiiii_cccc_1_0_nnnnn_0_ffff',
  CCMP_imm: 'z_1_1_11010010_iiiii_cccc_1_0_nnnnn_0_ffff',
  // Conditional select
  CSEL: 'z_0_0_11010100_mmmmm_cccc_00_nnnnn_ddddd',
  CSINC: 'z_0_0_11010100_mmmmm_cccc_01_nnnnn_ddddd',
  CSINV: 'z_1_0_11010100_mmmmm_cccc_00_nnnnn_ddddd',
  CSNEG: 'z_1_0_11010100_mmmmm_cccc_01_nnnnn_ddddd',
  // Data processing (1 source)
  RBIT: 'z_1_0_11010110_00000_000000_nnnnn_ddddd',
  REV16: 'z_1_0_11010110_00000_000001_nnnnn_ddddd',
  REV_w: '0_1_0_11010110_00000_000010_nnnnn_ddddd',
  REV32: '1_1_0_11010110_00000_000010_nnnnn_ddddd',
  REV_x: '1_1_0_11010110_00000_000011_nnnnn_ddddd',
  CLZ: 'z_1_0_11010110_00000_000100_nnnnn_ddddd',
  CLS: 'z_1_0_11010110_00000_000101_nnnnn_ddddd',
  // Data processing (2 source)
  UDIV: 'z_0_0_11010110_mmmmm_000010_nnnnn_ddddd',
  SDIV: 'z_0_0_11010110_mmmmm_000011_nnnnn_ddddd',
  LSLV: 'z_0_0_11010110_mmmmm_001000_nnnnn_ddddd',
  LSRV: 'z_0_0_11010110_mmmmm_001001_nnnnn_ddddd',
  ASRV: 'z_0_0_11010110_mmmmm_001010_nnnnn_ddddd',
  RORV: 'z_0_0_11010110_mmmmm_001011_nnnnn_ddddd',
  CRC32B: '0_0_0_11010110_mmmmm_010000_nnnnn_ddddd',
  CRC32H: '0_0_0_11010110_mmmmm_010001_nnnnn_ddddd',
  CRC32W: '0_0_0_11010110_mmmmm_010010_nnnnn_ddddd',
  CRC32X: '1_0_0_11010110_mmmmm_010011_nnnnn_ddddd',
  CRC32CB: '0_0_0_11010110_mmmmm_010100_nnnnn_ddddd',
  CRC32CH: '0_0_0_11010110_mmmmm_010101_nnnnn_ddddd',
  CRC32CW: '0_0_0_11010110_mmmmm_010110_nnnnn_ddddd',
  CRC32CX: '1_0_0_11010110_mmmmm_010111_nnnnn_ddddd',
  // Data processing (3 source)
  MADD: 'z_00_11011_000_mmmmm_0_aaaaa_nnnnn_ddddd',
  MSUB: 'z_00_11011_000_mmmmm_1_aaaaa_nnnnn_ddddd',
  SMADDL: '1_00_11011_001_mmmmm_0_aaaaa_nnnnn_ddddd',
  SMSUBL: '1_00_11011_001_mmmmm_1_aaaaa_nnnnn_ddddd',
  SMULH: '1_00_11011_010_mmmmm_0_-----_nnnnn_ddddd',
  UMADDL: '1_00_11011_101_mmmmm_0_aaaaa_nnnnn_ddddd',
  UMSUBL: '1_00_11011_101_mmmmm_1_aaaaa_nnnnn_ddddd',
  UMULH: '1_00_11011_110_mmmmm_0_-----_nnnnn_ddddd',
} as const satisfies Table;
