import type { Table } from '../decode/row.ts';

/**
 * VFP conversions. Arm ARM DDI 0406C, A7.5. `z` doubles; `t` the top half of a single's register; of integers, `s` signed and
 * `u` unsigned; of fixed-point numbers `s` 32 bits, not 16, and `i`, its low bit first, the bits before the point.
 */
export const vfpConvert = {
  VCVT_f32_f16: '----_1110_1d11_0010_dddd_1010_t1m0_mmmm',
  VCVT_f16_f32: '----_1110_1d11_0011_dddd_1010_t1m0_mmmm',
  VCVT_f64_f32: '----_1110_1d11_0111_dddd_1010_11m0_mmmm',
  VCVT_f32_f64: '----_1110_1d11_0111_dddd_1011_11m0_mmmm',
  VCVT_from_integer: '----_1110_1d11_1000_dddd_101z_s1m0_mmmm',
  VCVTR_to_integer: '----_1110_1d11_110s_dddd_101z_01m0_mmmm',
  VCVT_to_integer: '----_1110_1d11_110s_dddd_101z_11m0_mmmm',
  VCVT_from_fixed: '----_1110_1d11_101u_dddd_101z_s1i0_iiii',
  VCVT_to_fixed: '----_1110_1d11_111u_dddd_101z_s1i0_iiii',
} as const satisfies Table;
