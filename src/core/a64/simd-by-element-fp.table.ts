import type { Table } from '../decode/row.ts';

/** AdvSIMD vector x indexed element, floating-point: the element is `h`:`l` of singles, `h` of doubles. Arm ARM DDI 0487, C4.1. */
export const simdByElementFp = {
  FMLA_e: '0q0011111zlmmmmm0001h0nnnnnddddd',
  FMLS_e: '0q0011111zlmmmmm0101h0nnnnnddddd',
  FMUL_e: '0q0011111zlmmmmm1001h0nnnnnddddd',
  FMULX_e: '0q1011111zlmmmmm1001h0nnnnnddddd',
} as const satisfies Table;
