import type { Table } from '../decode/row.ts';

/** The Cryptographic Extension: AES, SHA-1, SHA-256, and the polynomial multiply of 64 bits. Arm ARM DDI 0487, C4.1. */
export const crypto = {
  AESE: '0100111000101000010010nnnnnddddd',
  AESD: '0100111000101000010110nnnnnddddd',
  AESMC: '0100111000101000011010nnnnnddddd',
  AESIMC: '0100111000101000011110nnnnnddddd',
  SHA1C: '01011110000mmmmm000000nnnnnddddd',
  SHA1P: '01011110000mmmmm000100nnnnnddddd',
  SHA1M: '01011110000mmmmm001000nnnnnddddd',
  SHA1SU0: '01011110000mmmmm001100nnnnnddddd',
  SHA256H: '01011110000mmmmm010000nnnnnddddd',
  SHA256H2: '01011110000mmmmm010100nnnnnddddd',
  SHA256SU1: '01011110000mmmmm011000nnnnnddddd',
  SHA1H: '0101111000101000000010nnnnnddddd',
  SHA1SU1: '0101111000101000000110nnnnnddddd',
  SHA256SU0: '0101111000101000001010nnnnnddddd',
  PMULL_d: '0q001110111mmmmm111000nnnnnddddd',
} as const satisfies Table;
