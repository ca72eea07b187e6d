import type { Table } from '../decode/row.ts';

/**
 * AdvSIMD modified immediate. Arm ARM DDI 0487, C4.1. `s` selects the byte of the lane; the number is that of the lane's bits.
 * A shift by immediate with immh = 0 is one of these.
 */
export const simdModifiedImmediate = {
  MOVI_32: { bits: '0q00111100000iii0ss001iiiiiddddd', beats: ['SSHR_v', 'SRSHR_v'] },
  ORR_32: { bits: '0q00111100000iii0ss101iiiiiddddd', beats: ['SSRA_v', 'SRSRA_v', 'SHL_v', 'SQSHL_imm'] },
  MOVI_16: { bits: '0q00111100000iii10s001iiiiiddddd', beats: ['SHRN', 'SSHLL'] },
  ORR_16: { bits: '0q00111100000iii10s101iiiiiddddd', beats: ['SQSHRN_v'] },
  MOVI_ones: '0q00111100000iii110s01iiiiiddddd',
  MOVI_8: '0q00111100000iii111001iiiiiddddd',
  FMOV_32: '0q00111100000iii111101iiiiiddddd',
  MVNI_32: { bits: '0q10111100000iii0ss001iiiiiddddd', beats: ['USHR_v', 'URSHR_v', 'SRI_v', 'SQSHLU_v'] },
  BIC_32: { bits: '0q10111100000iii0ss101iiiiiddddd', beats: ['USRA_v', 'URSRA_v', 'SLI_v', 'UQSHL_imm'] },
  MVNI_16: { bits: '0q10111100000iii10s001iiiiiddddd', beats: ['SQSHRUN_v', 'USHLL'] },
  BIC_16: { bits: '0q10111100000iii10s101iiiiiddddd', beats: ['UQSHRN_v'] },
  MVNI_ones: '0q10111100000iii110s01iiiiiddddd',
  MOVI_64: '0q10111100000iii111001iiiiiddddd',
  FMOV_64: '0110111100000iii111101iiiiiddddd',
} as const satisfies Table;
