import type { Table } from '../decode/row.ts';

/** Transfers between core and extension registers, as VFP has them. Arm ARM DDI 0406C, A7.8 and A7.9. */
export const vfpTransfer = {
  VMOV_s_from_r: '----_1110_0000_nnnn_tttt_1010_n001_0000',
  VMOV_r_from_s: '----_1110_0001_nnnn_tttt_1010_n001_0000',
  VMOV_ss_from_rr: '----_1100_0100_uuuu_tttt_1010_00m1_mmmm',
  VMOV_rr_from_ss: '----_1100_0101_uuuu_tttt_1010_00m1_mmmm',
  VMOV_d_from_rr: '----_1100_0100_uuuu_tttt_1011_00m1_mmmm',
  VMOV_rr_from_d: '----_1100_0101_uuuu_tttt_1011_00m1_mmmm',
  VMOV_lane32_from_r: '----_1110_00i0_nnnn_tttt_1011_n001_0000',
  VMOV_r_from_lane32: '----_1110_00i1_nnnn_tttt_1011_n001_0000',
} as const satisfies Table;

/** The same, as only AdvSIMD has them: `i` is the lane, `u` extends it by zeros. */
export const simdTransfer = {
  VMOV_lane8_from_r: '----_1110_01i0_nnnn_tttt_1011_nii1_0000',
  VMOV_lane16_from_r: '----_1110_00i0_nnnn_tttt_1011_ni11_0000',
  VMOV_r_from_lane8: '----_1110_u1i1_nnnn_tttt_1011_nii1_0000',
  VMOV_r_from_lane16: '----_1110_u0i1_nnnn_tttt_1011_ni11_0000',
  VDUP_from_r: '----_1110_1bq0_nnnn_tttt_1011_n0e1_0000',
} as const satisfies Table;
