import {
  DEVICE_NGNRE,
  DEVICE_NGNRNE,
  effectiveShareability,
  isDevice,
  NORMAL_NON_CACHEABLE,
  NORMAL_WRITE_BACK,
  Shareability,
} from './attributes.ts';
import type { Mapping } from './mapping.ts';
import type { Regime } from './regime.ts';

// Memory attributes of the Short-descriptor format, in the format of MAIR_ELx. TEXCB: TEX[2:0] in bits 4:2, C, B.

/** Nibble of MAIR_ELx by the two bits that tell a cache policy: none, Write-Back Write-Allocate, Write-Through, Write-Back. */
const CACHE_POLICY = [0b0100, 0b1111, 0b1010, 0b1110] as const;
const cachePolicy = (bits: number): number => CACHE_POLICY[bits & 3] as number;
const normal = (outer: number, inner: number): number => (cachePolicy(outer) << 4) | cachePolicy(inner);

/** Without TEX remap, TEX[2] = 0; what is reserved is as Non-cacheable memory. Arm ARM DDI 0406C, table B3-10. */
const DEFAULT_ATTRIBUTES: Readonly<Record<number, number>> = {
  0: DEVICE_NGNRNE,
  1: DEVICE_NGNRE,
  2: normal(0b10, 0b10),
  3: normal(0b11, 0b11),
  7: NORMAL_WRITE_BACK,
  8: DEVICE_NGNRE,
};
const defaultAttributes = (texcb: number): number =>
  (texcb & 0b10000) !== 0 ? normal(texcb >>> 2, texcb) : (DEFAULT_ATTRIBUTES[texcb] ?? NORMAL_NON_CACHEABLE);

/** PRRR.TRn. */
const REMAPPED_DEVICE = [DEVICE_NGNRNE, DEVICE_NGNRE] as const;
/** PRRR.{DS0, NS0}, of descriptors with S = 0; those for S = 1 follow. PRRR.NOS0: shareable memory of that region is Inner Shareable. */
const PRRR_DS0 = 16;
const PRRR_NS0 = 18;
const PRRR_NOS0 = 24;

/** With TEX remap: TEX[0], C and B choose fields of PRRR and NMRR. Arm ARM DDI 0406C, B3.8.3. */
const remap = (mapping: Mapping, prrr: number, nmrr: number, region: number, shared: number): void => {
  const kind = (prrr >>> (2 * region)) & 3;
  mapping.attributes = REMAPPED_DEVICE[kind] ?? normal(nmrr >>> (2 * region + 16), nmrr >>> (2 * region));
  const shareable = (prrr >>> ((isDevice(mapping.attributes) ? PRRR_DS0 : PRRR_NS0) + shared)) & 1;
  const inner = (prrr >>> (PRRR_NOS0 + region)) & 1;
  mapping.shareability = shareable === 0 ? Shareability.none : inner === 0 ? Shareability.outer : Shareability.inner;
};

/** Takes the attributes of a descriptor over: TEX, C and B, and S as 0 or 1. */
export const shortAttributes = (mapping: Mapping, regime: Regime, texcb: number, shared: number): void => {
  if (regime.texRemap) remap(mapping, regime.mairLo, regime.mairHi, texcb & 7, shared);
  else {
    mapping.attributes = defaultAttributes(texcb);
    mapping.shareability = shared === 0 ? Shareability.none : Shareability.outer;
  }
  mapping.shareability = effectiveShareability(mapping.attributes, mapping.shareability);
};
