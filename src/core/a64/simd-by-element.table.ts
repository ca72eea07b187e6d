import type { Table } from '../decode/row.ts';

/** AdvSIMD vector x indexed element, integer: `h`:`l`:top of `m` is the element. Arm ARM DDI 0487, C4.1. */
export const simdByElement = {
  MLA_e: '0q101111zzlmmmmm0000h0nnnnnddddd',
  MLS_e: '0q101111zzlmmmmm0100h0nnnnnddddd',
  MUL_e: '0q001111zzlmmmmm1000h0nnnnnddddd',
  SMLAL_e: '0q001111zzlmmmmm0010h0nnnnnddddd',
  UMLAL_e: '0q101111zzlmmmmm0010h0nnnnnddddd',
  SMLSL_e: '0q001111zzlmmmmm0110h0nnnnnddddd',
  UMLSL_e: '0q101111zzlmmmmm0110h0nnnnnddddd',
  SMULL_e: '0q001111zzlmmmmm1010h0nnnnnddddd',
  UMULL_e: '0q101111zzlmmmmm1010h0nnnnnddddd',
  SQDMLAL_e: '0q001111zzlmmmmm0011h0nnnnnddddd',
  SQDMLSL_e: '0q001111zzlmmmmm0111h0nnnnnddddd',
  SQDMULL_e: '0q001111zzlmmmmm1011h0nnnnnddddd',
  SQDMULH_e: '0q001111zzlmmmmm1100h0nnnnnddddd',
  SQRDMULH_e: '0q001111zzlmmmmm1101h0nnnnnddddd',
} as const satisfies Table;
