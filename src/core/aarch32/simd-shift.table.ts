import type { Table } from '../decode/row.ts';

/**
 * AdvSIMD two registers and a shift amount: `u` unsigned. `l` with `h` tells the lane size, and with `b` the amount, as A64's
 * immh and immb do. Arm ARM DDI 0406C, A7.4.4.
 */
export const simdShift = {
  VSHR: '1111_001u_1dhh_hbbb_dddd_0000_lqm1_mmmm',
  VSRA: '1111_001u_1dhh_hbbb_dddd_0001_lqm1_mmmm',
  VRSHR: '1111_001u_1dhh_hbbb_dddd_0010_lqm1_mmmm',
  VRSRA: '1111_001u_1dhh_hbbb_dddd_0011_lqm1_mmmm',
  VSRI: '1111_0011_1dhh_hbbb_dddd_0100_lqm1_mmmm',
  VSHL_imm: '1111_0010_1dhh_hbbb_dddd_0101_lqm1_mmmm',
  VSLI: '1111_0011_1dhh_hbbb_dddd_0101_lqm1_mmmm',
  VQSHLU: '1111_0011_1dhh_hbbb_dddd_0110_lqm1_mmmm',
  VQSHL_imm: '1111_001u_1dhh_hbbb_dddd_0111_lqm1_mmmm',
  VSHRN: '1111_0010_1dhh_hbbb_dddd_1000_00m1_mmmm',
  VRSHRN: '1111_0010_1dhh_hbbb_dddd_1000_01m1_mmmm',
  VQSHRUN: '1111_0011_1dhh_hbbb_dddd_1000_00m1_mmmm',
  VQRSHRUN: '1111_0011_1dhh_hbbb_dddd_1000_01m1_mmmm',
  VQSHRN: '1111_001u_1dhh_hbbb_dddd_1001_00m1_mmmm',
  VQRSHRN: '1111_001u_1dhh_hbbb_dddd_1001_01m1_mmmm',
  VSHLL: '1111_001u_1dhh_hbbb_dddd_1010_00m1_mmmm',
  VCVT_f_from_fixed: '1111_001u_1d1b_bbbb_dddd_1110_0qm1_mmmm',
  VCVT_f_to_fixed: '1111_001u_1d1b_bbbb_dddd_1111_0qm1_mmmm',
} as const satisfies Table;
