import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar three same, floating-point. Arm ARM DDI 0487, C4.1. */
export const simdScalarThreeSameFp = {
  FMULX_s: '010111100z1mmmmm110111nnnnnddddd',
  FCMEQ_s: '010111100z1mmmmm111001nnnnnddddd',
  FRECPS_s: '010111100z1mmmmm111111nnnnnddddd',
  FRSQRTS_s: '010111101z1mmmmm111111nnnnnddddd',
  FCMGE_s: '011111100z1mmmmm111001nnnnnddddd',
  FACGE_s: '011111100z1mmmmm111011nnnnnddddd',
  FABD_s: '011111101z1mmmmm110101nnnnnddddd',
  FCMGT_s: '011111101z1mmmmm111001nnnnnddddd',
  FACGT_s: '011111101z1mmmmm111011nnnnnddddd',
} as const satisfies Table;
