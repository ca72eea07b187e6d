import type { Table } from '../decode/row.ts';

/** AdvSIMD three registers of the same length, floating-point: singles. Arm ARM DDI 0406C, A7.4.1. */
export const simdThreeSameFp = {
  VFMA: '1111_0010_0d00_nnnn_dddd_1100_nqm1_mmmm',
  VFMS: '1111_0010_0d10_nnnn_dddd_1100_nqm1_mmmm',
  VADD_f: '1111_0010_0d00_nnnn_dddd_1101_nqm0_mmmm',
  VSUB_f: '1111_0010_0d10_nnnn_dddd_1101_nqm0_mmmm',
  VPADD_f: '1111_0011_0d00_nnnn_dddd_1101_n0m0_mmmm',
  VABD_f: '1111_0011_0d10_nnnn_dddd_1101_nqm0_mmmm',
  VMLA_f: '1111_0010_0d00_nnnn_dddd_1101_nqm1_mmmm',
  VMLS_f: '1111_0010_0d10_nnnn_dddd_1101_nqm1_mmmm',
  VMUL_f: '1111_0011_0d00_nnnn_dddd_1101_nqm1_mmmm',
  VCEQ_f: '1111_0010_0d00_nnnn_dddd_1110_nqm0_mmmm',
  VCGE_f: '1111_0011_0d00_nnnn_dddd_1110_nqm0_mmmm',
  VCGT_f: '1111_0011_0d10_nnnn_dddd_1110_nqm0_mmmm',
  VACGE: '1111_0011_0d00_nnnn_dddd_1110_nqm1_mmmm',
  VACGT: '1111_0011_0d10_nnnn_dddd_1110_nqm1_mmmm',
  VMAX_f: '1111_0010_0d00_nnnn_dddd_1111_nqm0_mmmm',
  VMIN_f: '1111_0010_0d10_nnnn_dddd_1111_nqm0_mmmm',
  VPMAX_f: '1111_0011_0d00_nnnn_dddd_1111_n0m0_mmmm',
  VPMIN_f: '1111_0011_0d10_nnnn_dddd_1111_n0m0_mmmm',
  VRECPS: '1111_0010_0d00_nnnn_dddd_1111_nqm1_mmmm',
  VRSQRTS: '1111_0010_0d10_nnnn_dddd_1111_nqm1_mmmm',
} as const satisfies Table;
