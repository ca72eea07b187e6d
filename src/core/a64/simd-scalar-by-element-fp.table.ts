import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar x indexed element, floating-point. Arm ARM DDI 0487, C4.1. */
export const simdScalarByElementFp = {
  FMLA_es: '010111111zlmmmmm0001h0nnnnnddddd',
  FMLS_es: '010111111zlmmmmm0101h0nnnnnddddd',
  FMUL_es: '010111111zlmmmmm1001h0nnnnnddddd',
  FMULX_es: '011111111zlmmmmm1001h0nnnnnddddd',
} as const satisfies Table;
