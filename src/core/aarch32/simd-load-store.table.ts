import type { Table } from '../decode/row.ts';

// AdvSIMD element and structure loads and stores: registers from `d` on, elements of size `z`, alignment `a`. `m` 15 is no
// write-back, 13 one by the size of what was accessed, another one by that register. Arm ARM DDI 0406C, A7.7.

/** Multiple structures: of one to four elements, in so many registers; `_i2`: each two after the one before. */
export const simdLoadStoreMultiple = {
  VST4: '1111_0100_0d00_nnnn_dddd_0000_zzaa_mmmm',
  VST4_i2: '1111_0100_0d00_nnnn_dddd_0001_zzaa_mmmm',
  VST1_4: '1111_0100_0d00_nnnn_dddd_0010_zzaa_mmmm',
  VST2_4: '1111_0100_0d00_nnnn_dddd_0011_zzaa_mmmm',
  VST3: '1111_0100_0d00_nnnn_dddd_0100_zz0a_mmmm',
  VST3_i2: '1111_0100_0d00_nnnn_dddd_0101_zz0a_mmmm',
  VST1_3: '1111_0100_0d00_nnnn_dddd_0110_zz0a_mmmm',
  VST1_1: '1111_0100_0d00_nnnn_dddd_0111_zz0a_mmmm',
  VST2: '1111_0100_0d00_nnnn_dddd_1000_zzaa_mmmm',
  VST2_i2: '1111_0100_0d00_nnnn_dddd_1001_zzaa_mmmm',
  VST1_2: '1111_0100_0d00_nnnn_dddd_1010_zzaa_mmmm',
  VLD4: '1111_0100_0d10_nnnn_dddd_0000_zzaa_mmmm',
  VLD4_i2: '1111_0100_0d10_nnnn_dddd_0001_zzaa_mmmm',
  VLD1_4: '1111_0100_0d10_nnnn_dddd_0010_zzaa_mmmm',
  VLD2_4: '1111_0100_0d10_nnnn_dddd_0011_zzaa_mmmm',
  VLD3: '1111_0100_0d10_nnnn_dddd_0100_zz0a_mmmm',
  VLD3_i2: '1111_0100_0d10_nnnn_dddd_0101_zz0a_mmmm',
  VLD1_3: '1111_0100_0d10_nnnn_dddd_0110_zz0a_mmmm',
  VLD1_1: '1111_0100_0d10_nnnn_dddd_0111_zz0a_mmmm',
  VLD2: '1111_0100_0d10_nnnn_dddd_1000_zzaa_mmmm',
  VLD2_i2: '1111_0100_0d10_nnnn_dddd_1001_zzaa_mmmm',
  VLD1_2: '1111_0100_0d10_nnnn_dddd_1010_zzaa_mmmm',
} as const satisfies Table;

/**
 * One structure, to or from lane `i`, or to all lanes. Registers are one apart or, with `s`, two; VLD1 to all lanes has then
 * two of them.
 */
export const simdLoadStoreSingle = {
  VST1_lane8: '1111_0100_1d00_nnnn_dddd_0000_iii0_mmmm',
  VST1_lane16: '1111_0100_1d00_nnnn_dddd_0100_ii0a_mmmm',
  VST1_lane32: '1111_0100_1d00_nnnn_dddd_1000_i0aa_mmmm',
  VST2_lane8: '1111_0100_1d00_nnnn_dddd_0001_iiia_mmmm',
  VST2_lane16: '1111_0100_1d00_nnnn_dddd_0101_iisa_mmmm',
  VST2_lane32: '1111_0100_1d00_nnnn_dddd_1001_is0a_mmmm',
  VST3_lane8: '1111_0100_1d00_nnnn_dddd_0010_iii0_mmmm',
  VST3_lane16: '1111_0100_1d00_nnnn_dddd_0110_iis0_mmmm',
  VST3_lane32: '1111_0100_1d00_nnnn_dddd_1010_is00_mmmm',
  VST4_lane8: '1111_0100_1d00_nnnn_dddd_0011_iiia_mmmm',
  VST4_lane16: '1111_0100_1d00_nnnn_dddd_0111_iisa_mmmm',
  VST4_lane32: '1111_0100_1d00_nnnn_dddd_1011_isaa_mmmm',
  VLD1_lane8: '1111_0100_1d10_nnnn_dddd_0000_iii0_mmmm',
  VLD1_lane16: '1111_0100_1d10_nnnn_dddd_0100_ii0a_mmmm',
  VLD1_lane32: '1111_0100_1d10_nnnn_dddd_1000_i0aa_mmmm',
  VLD2_lane8: '1111_0100_1d10_nnnn_dddd_0001_iiia_mmmm',
  VLD2_lane16: '1111_0100_1d10_nnnn_dddd_0101_iisa_mmmm',
  VLD2_lane32: '1111_0100_1d10_nnnn_dddd_1001_is0a_mmmm',
  VLD3_lane8: '1111_0100_1d10_nnnn_dddd_0010_iii0_mmmm',
  VLD3_lane16: '1111_0100_1d10_nnnn_dddd_0110_iis0_mmmm',
  VLD3_lane32: '1111_0100_1d10_nnnn_dddd_1010_is00_mmmm',
  VLD4_lane8: '1111_0100_1d10_nnnn_dddd_0011_iiia_mmmm',
  VLD4_lane16: '1111_0100_1d10_nnnn_dddd_0111_iisa_mmmm',
  VLD4_lane32: '1111_0100_1d10_nnnn_dddd_1011_isaa_mmmm',
  VLD1_all: '1111_0100_1d10_nnnn_dddd_1100_zzsa_mmmm',
  VLD2_all: '1111_0100_1d10_nnnn_dddd_1101_zzsa_mmmm',
  VLD3_all: '1111_0100_1d10_nnnn_dddd_1110_zzs0_mmmm',
  VLD4_all: '1111_0100_1d10_nnnn_dddd_1111_zzsa_mmmm',
} as const satisfies Table;
