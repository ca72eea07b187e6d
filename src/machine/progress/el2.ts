import { bits } from '../../base/bits.ts';

/**
 * Does the instruction use EL2, or Hyp mode? Arm ARM DDI 0487, C5.1.2: MSR, MRS and SYS with op1 4 (EL2) or 5 (the EL12 aliases);
 * DDI 0406C, B3.17: MCR and MRC of cp15 with opc1 4. A64 and A32 encodings.
 */
export function usesEl2(word: number, arch: 'arm64' | 'armv7'): boolean {
  if (arch === 'armv7') return (word & 0x0f00_0f10) === 0x0e00_0f10 && bits(word, 23, 21) === 4;
  return word >>> 22 === 0b11_0101_0100 && (bits(word, 18, 16) === 4 || bits(word, 18, 16) === 5);
}

/** Words of a Xen hypervisor's image: its banner's format, and what it says where EL2 is missing (xen/arch/arm/arm64/head.S). */
const xenWords = ['Xen version %d.%d', '- Xen must be entered in '];

/** Is the image that of a hypervisor, which cannot run without EL2? */
export function isHypervisor(image: Uint8Array): boolean {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  return xenWords.some((text) => bytes.includes(text));
}
