import type { Table } from '../decode/row.ts';

/** AdvSIMD three registers of different lengths: `u` unsigned; lanes of 64 bits are other encodings. Arm ARM DDI 0406C, A7.4.2. */
export const simdThreeDifferent = {
  VADDL: '1111_001u_1dzz_nnnn_dddd_0000_n0m0_mmmm',
  VADDW: '1111_001u_1dzz_nnnn_dddd_0001_n0m0_mmmm',
  VSUBL: '1111_001u_1dzz_nnnn_dddd_0010_n0m0_mmmm',
  VSUBW: '1111_001u_1dzz_nnnn_dddd_0011_n0m0_mmmm',
  VADDHN: '1111_0010_1dzz_nnnn_dddd_0100_n0m0_mmmm',
  VRADDHN: '1111_0011_1dzz_nnnn_dddd_0100_n0m0_mmmm',
  VABAL: '1111_001u_1dzz_nnnn_dddd_0101_n0m0_mmmm',
  VSUBHN: '1111_0010_1dzz_nnnn_dddd_0110_n0m0_mmmm',
  VRSUBHN: '1111_0011_1dzz_nnnn_dddd_0110_n0m0_mmmm',
  VABDL: '1111_001u_1dzz_nnnn_dddd_0111_n0m0_mmmm',
  VMLAL: '1111_001u_1dzz_nnnn_dddd_1000_n0m0_mmmm',
  VQDMLAL: '1111_0010_1dzz_nnnn_dddd_1001_n0m0_mmmm',
  VMLSL: '1111_001u_1dzz_nnnn_dddd_1010_n0m0_mmmm',
  VQDMLSL: '1111_0010_1dzz_nnnn_dddd_1011_n0m0_mmmm',
  VMULL: '1111_001u_1dzz_nnnn_dddd_1100_n0m0_mmmm',
  VQDMULL: '1111_0010_1dzz_nnnn_dddd_1101_n0m0_mmmm',
  VMULL_poly: '1111_0010_1d00_nnnn_dddd_1110_n0m0_mmmm',
} as const satisfies Table;
