import type { Table } from '../decode/row.ts';

/** AdvSIMD three same, floating-point: `z` 64-bit lanes. Arm ARM DDI 0487, C4.1. */
export const simdThreeSameFp = {
  FMAXNM_v: '0q0011100z1mmmmm110001nnnnnddddd',
  FMLA_v: '0q0011100z1mmmmm110011nnnnnddddd',
  FADD_v: '0q0011100z1mmmmm110101nnnnnddddd',
  FMULX_v: '0q0011100z1mmmmm110111nnnnnddddd',
  FCMEQ_v: '0q0011100z1mmmmm111001nnnnnddddd',
  FMAX_v: '0q0011100z1mmmmm111101nnnnnddddd',
  FRECPS_v: '0q0011100z1mmmmm111111nnnnnddddd',
  FMINNM_v: '0q0011101z1mmmmm110001nnnnnddddd',
  FMLS_v: '0q0011101z1mmmmm110011nnnnnddddd',
  FSUB_v: '0q0011101z1mmmmm110101nnnnnddddd',
  FMIN_v: '0q0011101z1mmmmm111101nnnnnddddd',
  FRSQRTS_v: '0q0011101z1mmmmm111111nnnnnddddd',
  FMAXNMP_v: '0q1011100z1mmmmm110001nnnnnddddd',
  FADDP_v: '0q1011100z1mmmmm110101nnnnnddddd',
  FMUL_v: '0q1011100z1mmmmm110111nnnnnddddd',
  FCMGE_v: '0q1011100z1mmmmm111001nnnnnddddd',
  FACGE_v: '0q1011100z1mmmmm111011nnnnnddddd',
  FMAXP_v: '0q1011100z1mmmmm111101nnnnnddddd',
  FDIV_v: '0q1011100z1mmmmm111111nnnnnddddd',
  FMINNMP_v: '0q1011101z1mmmmm110001nnnnnddddd',
  FABD_v: '0q1011101z1mmmmm110101nnnnnddddd',
  FCMGT_v: '0q1011101z1mmmmm111001nnnnnddddd',
  FACGT_v: '0q1011101z1mmmmm111011nnnnnddddd',
  FMINP_v: '0q1011101z1mmmmm111101nnnnnddddd',
} as const satisfies Table;
