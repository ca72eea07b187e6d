import type { Table } from '../decode/row.ts';

/** VFP data processing, but for conversions: `z` doubles. Arm ARM DDI 0406C, A7.5. */
export const vfpData = {
  VMLA_vfp: '----_1110_0d00_nnnn_dddd_101z_n0m0_mmmm',
  VMLS_vfp: '----_1110_0d00_nnnn_dddd_101z_n1m0_mmmm',
  VNMLS: '----_1110_0d01_nnnn_dddd_101z_n0m0_mmmm',
  VNMLA: '----_1110_0d01_nnnn_dddd_101z_n1m0_mmmm',
  VMUL_vfp: '----_1110_0d10_nnnn_dddd_101z_n0m0_mmmm',
  VNMUL: '----_1110_0d10_nnnn_dddd_101z_n1m0_mmmm',
  VADD_vfp: '----_1110_0d11_nnnn_dddd_101z_n0m0_mmmm',
  VSUB_vfp: '----_1110_0d11_nnnn_dddd_101z_n1m0_mmmm',
  VDIV: '----_1110_1d00_nnnn_dddd_101z_n0m0_mmmm',
  VFNMS: '----_1110_1d01_nnnn_dddd_101z_n0m0_mmmm',
  VFNMA: '----_1110_1d01_nnnn_dddd_101z_n1m0_mmmm',
  VFMA_vfp: '----_1110_1d10_nnnn_dddd_101z_n0m0_mmmm',
  VFMS_vfp: '----_1110_1d10_nnnn_dddd_101z_n1m0_mmmm',
  VMOV_vfp_imm: '----_1110_1d11_iiii_dddd_101z_0000_iiii',
  VMOV_vfp: '----_1110_1d11_0000_dddd_101z_01m0_mmmm',
  VABS_vfp: '----_1110_1d11_0000_dddd_101z_11m0_mmmm',
  VNEG_vfp: '----_1110_1d11_0001_dddd_101z_01m0_mmmm',
  VSQRT: '----_1110_1d11_0001_dddd_101z_11m0_mmmm',
  VCMP: '----_1110_1d11_0100_dddd_101z_e1m0_mmmm',
  VCMP_zero: '----_1110_1d11_0101_dddd_101z_e100_0000',
} as const satisfies Table;
