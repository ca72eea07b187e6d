import type { Table } from '../decode/row.ts';

/** Load/store of one register. Arm ARM DDI 0406C, A6.3.7 to A6.3.10. */
export const ldstSingle = {
  STRB_imm12: '1111_1000_1_00_0_nnnn_tttt_iiiiiiiiiiii',
  STRB_imm8: '1111_1000_0_00_0_nnnn_tttt_1_p_u_w_iiiiiiii',
  STRBT_imm8: { bits: '1111_1000_0_00_0_nnnn_tttt_1_110_iiiiiiii', beats: ['STRB_imm8'] },
  STRB_reg: '1111_1000_0_00_0_nnnn_tttt_000000_ii_mmmm',
  STRH_imm12: '1111_1000_1_01_0_nnnn_tttt_iiiiiiiiiiii',
  STRH_imm8: '1111_1000_0_01_0_nnnn_tttt_1_p_u_w_iiiiiiii',
  STRHT_imm8: { bits: '1111_1000_0_01_0_nnnn_tttt_1_110_iiiiiiii', beats: ['STRH_imm8'] },
  STRH_reg: '1111_1000_0_01_0_nnnn_tttt_000000_ii_mmmm',
  STR_imm12: '1111_1000_1_10_0_nnnn_tttt_iiiiiiiiiiii',
  STR_imm8: '1111_1000_0_10_0_nnnn_tttt_1_p_u_w_iiiiiiii',
  STRT_imm8: { bits: '1111_1000_0_10_0_nnnn_tttt_1_110_iiiiiiii', beats: ['STR_imm8'] },
  STR_reg: '1111_1000_0_10_0_nnnn_tttt_000000_ii_mmmm',
  LDRB_imm12: '1111_1000_1_00_1_nnnn_tttt_iiiiiiiiiiii',
  LDRB_imm8: '1111_1000_0_00_1_nnnn_tttt_1_p_u_w_iiiiiiii',
  LDRBT_imm8: { bits: '1111_1000_0_00_1_nnnn_tttt_1_110_iiiiiiii', beats: ['LDRB_imm8'] },
  LDRB_reg: '1111_1000_0_00_1_nnnn_tttt_000000_ii_mmmm',
  LDRB_lit: {
    bits: '1111_1000_u_00_1_1111_tttt_iiiiiiiiiiii',
    beats: ['LDRB_imm12', 'LDRB_imm8', 'LDRBT_imm8', 'LDRB_reg'],
  },
  LDRH_imm12: '1111_1000_1_01_1_nnnn_tttt_iiiiiiiiiiii',
  LDRH_imm8: '1111_1000_0_01_1_nnnn_tttt_1_p_u_w_iiiiiiii',
  LDRHT_imm8: { bits: '1111_1000_0_01_1_nnnn_tttt_1_110_iiiiiiii', beats: ['LDRH_imm8'] },
  LDRH_reg: '1111_1000_0_01_1_nnnn_tttt_000000_ii_mmmm',
  LDRH_lit: {
    bits: '1111_1000_u_01_1_1111_tttt_iiiiiiiiiiii',
    beats: ['LDRH_imm12', 'LDRH_imm8', 'LDRHT_imm8', 'LDRH_reg'],
  },
  LDR_imm12: '1111_1000_1_10_1_nnnn_tttt_iiiiiiiiiiii',
  LDR_imm8: '1111_1000_0_10_1_nnnn_tttt_1_p_u_w_iiiiiiii',
  LDRT_imm8: { bits: '1111_1000_0_10_1_nnnn_tttt_1_110_iiiiiiii', beats: ['LDR_imm8'] },
  LDR_reg: '1111_1000_0_10_1_nnnn_tttt_000000_ii_mmmm',
  LDR_lit: {
    bits: '1111_1000_u_10_1_1111_tttt_iiiiiiiiiiii',
    beats: ['LDR_imm12', 'LDR_imm8', 'LDRT_imm8', 'LDR_reg'],
  },
  LDRSB_imm12: '1111_1001_1_00_1_nnnn_tttt_iiiiiiiiiiii',
  LDRSB_imm8: '1111_1001_0_00_1_nnnn_tttt_1_p_u_w_iiiiiiii',
  LDRSBT_imm8: { bits: '1111_1001_0_00_1_nnnn_tttt_1_110_iiiiiiii', beats: ['LDRSB_imm8'] },
  LDRSB_reg: '1111_1001_0_00_1_nnnn_tttt_000000_ii_mmmm',
  LDRSB_lit: {
    bits: '1111_1001_u_00_1_1111_tttt_iiiiiiiiiiii',
    beats: ['LDRSB_imm12', 'LDRSB_imm8', 'LDRSBT_imm8', 'LDRSB_reg'],
  },
  LDRSH_imm12: '1111_1001_1_01_1_nnnn_tttt_iiiiiiiiiiii',
  LDRSH_imm8: '1111_1001_0_01_1_nnnn_tttt_1_p_u_w_iiiiiiii',
  LDRSHT_imm8: { bits: '1111_1001_0_01_1_nnnn_tttt_1_110_iiiiiiii', beats: ['LDRSH_imm8'] },
  LDRSH_reg: '1111_1001_0_01_1_nnnn_tttt_000000_ii_mmmm',
  LDRSH_lit: {
    bits: '1111_1001_u_01_1_1111_tttt_iiiiiiiiiiii',
    beats: ['LDRSH_imm12', 'LDRSH_imm8', 'LDRSHT_imm8', 'LDRSH_reg'],
  },
} as const satisfies Table;

const behind = (...suffixes: readonly string[]): string[] =>
  ['LDRB', 'LDRH', 'LDRSB', 'LDRSH'].flatMap((load) => suffixes.map((suffix) => load + suffix));

/** PLD, PLDW, PLI, and hints that are not allocated: in the place of loads of bytes and halfwords to R15. A6.3.8, A6.3.9. */
export const memoryHints = {
  PRELOAD_imm12: { bits: '1111_100-_1_0-_1_----_1111_------------', beats: behind('_imm12', '_lit') },
  PRELOAD_imm8: { bits: '1111_100-_0_0-_1_----_1111_1_100_--------', beats: behind('_imm8', '_lit') },
  PRELOAD_reg: { bits: '1111_100-_0_0-_1_----_1111_000000_--_----', beats: behind('_reg', '_lit') },
  PRELOAD_lit: {
    bits: '1111_100-_-_0-_1_1111_1111_------------',
    beats: [
      ...behind('_imm12', '_imm8', 'T_imm8', '_reg', '_lit'),
      ...['PRELOAD_imm12', 'PRELOAD_imm8', 'PRELOAD_reg'],
    ],
  },
} as const satisfies Table;
