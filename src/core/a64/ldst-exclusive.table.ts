import type { Table } from '../decode/row.ts';

/** Load/store exclusive and ordered. Arm ARM DDI 0487, C4.1.4. */
export const ldstExclusive = {
  STXRB: '00_001000_0_0_0_sssss_0_-----_nnnnn_ttttt',
  STLXRB: '00_001000_0_0_0_sssss_1_-----_nnnnn_ttttt',
  LDXRB: '00_001000_0_1_0_-----_0_-----_nnnnn_ttttt',
  LDAXRB: '00_001000_0_1_0_-----_1_-----_nnnnn_ttttt',
  STXRH: '01_001000_0_0_0_sssss_0_-----_nnnnn_ttttt',
  STLXRH: '01_001000_0_0_0_sssss_1_-----_nnnnn_ttttt',
  LDXRH: '01_001000_0_1_0_-----_0_-----_nnnnn_ttttt',
  LDAXRH: '01_001000_0_1_0_-----_1_-----_nnnnn_ttttt',
  STXR: '1z_001000_0_0_0_sssss_0_-----_nnnnn_ttttt',
  STLXR: '1z_001000_0_0_0_sssss_1_-----_nnnnn_ttttt',
  LDXR: '1z_001000_0_1_0_-----_0_-----_nnnnn_ttttt',
  LDAXR: '1z_001000_0_1_0_-----_1_-----_nnnnn_ttttt',
  STXP: '1z_001000_0_0_1_sssss_0_uuuuu_nnnnn_ttttt',
  STLXP: '1z_001000_0_0_1_sssss_1_uuuuu_nnnnn_ttttt',
  LDXP: '1z_001000_0_1_1_-----_0_uuuuu_nnnnn_ttttt',
  LDAXP: '1z_001000_0_1_1_-----_1_uuuuu_nnnnn_ttttt',
  STLRB: '00_001000_1_0_0_-----_1_-----_nnnnn_ttttt',
  LDARB: '00_001000_1_1_0_-----_1_-----_nnnnn_ttttt',
  STLRH: '01_001000_1_0_0_-----_1_-----_nnnnn_ttttt',
  LDARH: '01_001000_1_1_0_-----_1_-----_nnnnn_ttttt',
  STLR: '1z_001000_1_0_0_-----_1_-----_nnnnn_ttttt',
  LDAR: '1z_001000_1_1_0_-----_1_-----_nnnnn_ttttt',
} as const satisfies Table;
