import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar two-register miscellaneous, floating-point. Arm ARM DDI 0487, C4.1. */
export const simdScalarTwoRegMiscFp = {
  FCVTNS_s: '010111100z100001101010nnnnnddddd',
  FCVTMS_s: '010111100z100001101110nnnnnddddd',
  FCVTAS_s: '010111100z100001110010nnnnnddddd',
  SCVTF_s: '010111100z100001110110nnnnnddddd',
  FCMGT_zero_s: '010111101z100000110010nnnnnddddd',
  FCMEQ_zero_s: '010111101z100000110110nnnnnddddd',
  FCMLT_zero_s: '010111101z100000111010nnnnnddddd',
  FCVTPS_s: '010111101z100001101010nnnnnddddd',
  FCVTZS_s: '010111101z100001101110nnnnnddddd',
  FRECPE_s: '010111101z100001110110nnnnnddddd',
  FCVTNU_s: '011111100z100001101010nnnnnddddd',
  FCVTMU_s: '011111100z100001101110nnnnnddddd',
  FCVTAU_s: '011111100z100001110010nnnnnddddd',
  UCVTF_s: '011111100z100001110110nnnnnddddd',
  FCMGE_zero_s: '011111101z100000110010nnnnnddddd',
  FCMLE_zero_s: '011111101z100000110110nnnnnddddd',
  FCVTPU_s: '011111101z100001101010nnnnnddddd',
  FCVTZU_s: '011111101z100001101110nnnnnddddd',
  FRSQRTE_s: '011111101z100001110110nnnnnddddd',
  FRECPX: '010111101z100001111110nnnnnddddd',
  FCVTXN_s: '0111111001100001011010nnnnnddddd',
} as const satisfies Table;
