import type { Table } from '../decode/row.ts';

/** Packing, unpacking, saturation and reversal. Arm ARM DDI 0406C, A5.4.3. */
export const packing = {
  PKHBT: '----_0110_1000_nnnn_dddd_iiiii_0_01_mmmm',
  PKHTB: '----_0110_1000_nnnn_dddd_iiiii_1_01_mmmm',
  SXTAB16: '----_0110_1000_nnnn_dddd_rr_--_0111_mmmm',
  SXTB16: { bits: '----_0110_1000_1111_dddd_rr_--_0111_mmmm', beats: ['SXTAB16'] },
  SXTAB: '----_0110_1010_nnnn_dddd_rr_--_0111_mmmm',
  SXTB: { bits: '----_0110_1010_1111_dddd_rr_--_0111_mmmm', beats: ['SXTAB'] },
  SXTAH: '----_0110_1011_nnnn_dddd_rr_--_0111_mmmm',
  SXTH: { bits: '----_0110_1011_1111_dddd_rr_--_0111_mmmm', beats: ['SXTAH'] },
  UXTAB16: '----_0110_1100_nnnn_dddd_rr_--_0111_mmmm',
  UXTB16: { bits: '----_0110_1100_1111_dddd_rr_--_0111_mmmm', beats: ['UXTAB16'] },
  UXTAB: '----_0110_1110_nnnn_dddd_rr_--_0111_mmmm',
  UXTB: { bits: '----_0110_1110_1111_dddd_rr_--_0111_mmmm', beats: ['UXTAB'] },
  UXTAH: '----_0110_1111_nnnn_dddd_rr_--_0111_mmmm',
  UXTH: { bits: '----_0110_1111_1111_dddd_rr_--_0111_mmmm', beats: ['UXTAH'] },
  REV: '----_0110_1011_----_dddd_----_0011_mmmm',
  REV16: '----_0110_1011_----_dddd_----_1011_mmmm',
  RBIT: '----_0110_1111_----_dddd_----_0011_mmmm',
  REVSH: '----_0110_1111_----_dddd_----_1011_mmmm',
} as const satisfies Table;

export const packingSaturating = {
  SSAT: '----_0110_101_wwwww_dddd_iiiii_h_01_nnnn',
  SSAT16: '----_0110_101_0_wwww_dddd_----_0011_nnnn',
  USAT: '----_0110_111_wwwww_dddd_iiiii_h_01_nnnn',
  USAT16: '----_0110_111_0_wwww_dddd_----_0011_nnnn',
} as const satisfies Table;

/** What else is in the media space: A5.4. */
export const bitfield = {
  SBFX: '----_0111_101_wwwww_dddd_lllll_101_nnnn',
  BFI: '----_0111_110_kkkkk_dddd_lllll_001_nnnn',
  BFC: { bits: '----_0111_110_kkkkk_dddd_lllll_001_1111', beats: ['BFI'] },
  UBFX: '----_0111_111_wwwww_dddd_lllll_101_nnnn',
} as const satisfies Table;

export const bytewise = {
  SEL: '----_0110_1000_nnnn_dddd_----_1011_mmmm',
  USADA8: '----_0111_1000_dddd_aaaa_mmmm_0001_nnnn',
  USAD8: { bits: '----_0111_1000_dddd_1111_mmmm_0001_nnnn', beats: ['USADA8'] },
} as const satisfies Table;
