import type { Table } from '../decode/row.ts';

/** AdvSIMD shift by immediate, integer: `h` is immh, whose highest one tells the lane size, `b` is immb. Arm ARM DDI 0487, C4.1. */
export const simdShiftByImmediate = {
  SSHR_v: '0q0011110hhhhbbb000001nnnnnddddd',
  USHR_v: '0q1011110hhhhbbb000001nnnnnddddd',
  SSRA_v: '0q0011110hhhhbbb000101nnnnnddddd',
  USRA_v: '0q1011110hhhhbbb000101nnnnnddddd',
  SRSHR_v: '0q0011110hhhhbbb001001nnnnnddddd',
  URSHR_v: '0q1011110hhhhbbb001001nnnnnddddd',
  SRSRA_v: '0q0011110hhhhbbb001101nnnnnddddd',
  URSRA_v: '0q1011110hhhhbbb001101nnnnnddddd',
  SRI_v: '0q1011110hhhhbbb010001nnnnnddddd',
  SHL_v: '0q0011110hhhhbbb010101nnnnnddddd',
  SLI_v: '0q1011110hhhhbbb010101nnnnnddddd',
  SQSHLU_v: '0q1011110hhhhbbb011001nnnnnddddd',
  SQSHL_imm: '0q0011110hhhhbbb011101nnnnnddddd',
  UQSHL_imm: '0q1011110hhhhbbb011101nnnnnddddd',
  SHRN: '0q0011110hhhhbbb100001nnnnnddddd',
  RSHRN: '0q0011110hhhhbbb100011nnnnnddddd',
  SQSHRUN_v: '0q1011110hhhhbbb100001nnnnnddddd',
  SQRSHRUN_v: '0q1011110hhhhbbb100011nnnnnddddd',
  SQSHRN_v: '0q0011110hhhhbbb100101nnnnnddddd',
  UQSHRN_v: '0q1011110hhhhbbb100101nnnnnddddd',
  SQRSHRN_v: '0q0011110hhhhbbb100111nnnnnddddd',
  UQRSHRN_v: '0q1011110hhhhbbb100111nnnnnddddd',
  SSHLL: '0q0011110hhhhbbb101001nnnnnddddd',
  USHLL: '0q1011110hhhhbbb101001nnnnnddddd',
} as const satisfies Table;
