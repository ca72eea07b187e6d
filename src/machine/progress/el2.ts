import { bits } from '../../base/bits.ts';

/**
 * Does the instruction use EL2, or Hyp mode? Arm ARM DDI 0487, C5.1.2: MSR, MRS and SYS with op1 4 (EL2) or 5 (the EL12 aliases);
 * DDI 0406C, B3.17: MCR and MRC of cp15 with opc1 4. A64 and A32 encodings.
 */
export function usesEl2(word: number, arch: 'arm64' | 'armv7'): boolean {
  if (arch === 'armv7') return (word & 0x0f00_0f10) === 0x0e00_0f10 && bits(word, 23, 21) === 4;
  return word >>> 22 === 0b11_0101_0100 && (bits(word, 18, 16) === 4 || bits(word, 18, 16) === 5);
}
