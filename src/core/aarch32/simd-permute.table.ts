import { beating } from '../decode/row.ts';
import { lanesShorterThan64 } from './simd-by-scalar.table.ts';

/** Vector extract, table lookup, and duplication of lane `i`, whose lowest one tells the lane size. Arm ARM DDI 0406C, A7.4. */
export const simdPermute = beating(lanesShorterThan64, {
  VEXT: '1111_0010_1d11_nnnn_dddd_iiii_nqm0_mmmm',
  VTBL: '1111_0011_1d11_nnnn_dddd_10ll_n0m0_mmmm',
  VTBX: '1111_0011_1d11_nnnn_dddd_10ll_n1m0_mmmm',
  VDUP: '1111_0011_1d11_iiii_dddd_1100_0qm0_mmmm',
});
