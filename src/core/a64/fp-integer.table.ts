import type { Table } from '../decode/row.ts';

/** Conversion between floating-point and integer: `s` 64-bit integer, `t` double, `r` rounds as FPCR.RMode encodes. Arm ARM DDI 0487, C4.1. */
export const fpInteger = {
  FCVTxS: 's00111100t1rr000000000nnnnnddddd',
  FCVTxU: 's00111100t1rr001000000nnnnnddddd',
  SCVTF: 's00111100t100010000000nnnnnddddd',
  UCVTF: 's00111100t100011000000nnnnnddddd',
  FCVTAS: 's00111100t100100000000nnnnnddddd',
  FCVTAU: 's00111100t100101000000nnnnnddddd',
  FMOV_w_from_s: '0001111000100110000000nnnnnddddd',
  FMOV_s_from_w: '0001111000100111000000nnnnnddddd',
  FMOV_x_from_d: '1001111001100110000000nnnnnddddd',
  FMOV_d_from_x: '1001111001100111000000nnnnnddddd',
  FMOV_x_from_top: '1001111010101110000000nnnnnddddd',
  FMOV_top_from_x: '1001111010101111000000nnnnnddddd',
} as const satisfies Table;
