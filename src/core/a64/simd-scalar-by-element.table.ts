import type { Table } from '../decode/row.ts';

/** AdvSIMD scalar x indexed element, integer. Arm ARM DDI 0487, C4.1. */
export const simdScalarByElement = {
  SQDMLAL_es: '01011111zzlmmmmm0011h0nnnnnddddd',
  SQDMLSL_es: '01011111zzlmmmmm0111h0nnnnnddddd',
  SQDMULL_es: '01011111zzlmmmmm1011h0nnnnnddddd',
  SQDMULH_es: '01011111zzlmmmmm1100h0nnnnnddddd',
  SQRDMULH_es: '01011111zzlmmmmm1101h0nnnnnddddd',
} as const satisfies Table;
