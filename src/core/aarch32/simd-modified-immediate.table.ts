import { beating } from '../decode/row.ts';
import { simdShift } from './simd-shift.table.ts';

/** Where shifts have no one in h nor l. */
const beats = Object.keys(simdShift);

/** AdvSIMD one register and a modified immediate: `s` picks the byte that `i` goes to. Arm ARM DDI 0406C, A7.4.6. */
export const simdModifiedImmediate = beating(beats, {
  VMOV_i32: '1111_001i_1d00_0iii_dddd_0ss0_0q01_iiii',
  VORR_i32: '1111_001i_1d00_0iii_dddd_0ss1_0q01_iiii',
  VMOV_i16: '1111_001i_1d00_0iii_dddd_10s0_0q01_iiii',
  VORR_i16: '1111_001i_1d00_0iii_dddd_10s1_0q01_iiii',
  VMOV_ones: '1111_001i_1d00_0iii_dddd_110s_0q01_iiii',
  VMOV_i8: '1111_001i_1d00_0iii_dddd_1110_0q01_iiii',
  VMOV_f32: '1111_001i_1d00_0iii_dddd_1111_0q01_iiii',
  VMVN_i32: '1111_001i_1d00_0iii_dddd_0ss0_0q11_iiii',
  VBIC_i32: '1111_001i_1d00_0iii_dddd_0ss1_0q11_iiii',
  VMVN_i16: '1111_001i_1d00_0iii_dddd_10s0_0q11_iiii',
  VBIC_i16: '1111_001i_1d00_0iii_dddd_10s1_0q11_iiii',
  VMVN_ones: '1111_001i_1d00_0iii_dddd_110s_0q11_iiii',
  VMOV_i64: '1111_001i_1d00_0iii_dddd_1110_0q11_iiii',
});
