import type { Table } from '../decode/row.ts';
import { simdThreeDifferent } from './simd-three-different.table.ts';

/**
 * AdvSIMD two registers and a scalar: `u` unsigned; lanes of 64 bits are other encodings. Of halfwords M:Vm<3> is the scalar's
 * lane in D0 to D7, of words and singles M is. Arm ARM DDI 0406C, A7.4.3.
 */
export const simdByScalar = {
  VMLA_scalar: '1111_001q_1dzz_nnnn_dddd_0000_n1m0_mmmm',
  VMLA_f_scalar: '1111_001q_1d10_nnnn_dddd_0001_n1m0_mmmm',
  VMLAL_scalar: '1111_001u_1dzz_nnnn_dddd_0010_n1m0_mmmm',
  VQDMLAL_scalar: '1111_0010_1dzz_nnnn_dddd_0011_n1m0_mmmm',
  VMLS_scalar: '1111_001q_1dzz_nnnn_dddd_0100_n1m0_mmmm',
  VMLS_f_scalar: '1111_001q_1d10_nnnn_dddd_0101_n1m0_mmmm',
  VMLSL_scalar: '1111_001u_1dzz_nnnn_dddd_0110_n1m0_mmmm',
  VQDMLSL_scalar: '1111_0010_1dzz_nnnn_dddd_0111_n1m0_mmmm',
  VMUL_scalar: '1111_001q_1dzz_nnnn_dddd_1000_n1m0_mmmm',
  VMUL_f_scalar: '1111_001q_1d10_nnnn_dddd_1001_n1m0_mmmm',
  VMULL_scalar: '1111_001u_1dzz_nnnn_dddd_1010_n1m0_mmmm',
  VQDMULL_scalar: '1111_0010_1dzz_nnnn_dddd_1011_n1m0_mmmm',
  VQDMULH_scalar: '1111_001q_1dzz_nnnn_dddd_1100_n1m0_mmmm',
  VQRDMULH_scalar: '1111_001q_1dzz_nnnn_dddd_1101_n1m0_mmmm',
} as const satisfies Table;

/** Rows of these two classes would have lanes of 64 bits where other encodings stand. */
export const lanesShorterThan64: readonly string[] = [...Object.keys(simdThreeDifferent), ...Object.keys(simdByScalar)];
