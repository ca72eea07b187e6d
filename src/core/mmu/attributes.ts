// Memory attributes: a byte in the format of MAIR_ELx, and shareability as in descriptors.

export const Shareability = { none: 0, outer: 2, inner: 3 } as const;

export const DEVICE_NGNRNE = 0x00;
export const DEVICE_NGNRE = 0x04;
export const NORMAL_NON_CACHEABLE = 0x44;
export const NORMAL_WRITE_BACK = 0xff;

/** Device memory of any kind, by its MAIR byte. */
export const isDevice = (attributes: number): boolean => attributes < 0x10;

/** Device and Non-cacheable memory is always Outer Shareable. Arm ARM DDI 0487, D8.6.2. */
export const effectiveShareability = (attributes: number, shareability: number): number =>
  isDevice(attributes) || attributes === NORMAL_NON_CACHEABLE ? Shareability.outer : shareability;

const NON_CACHEABLE = 0b0100;
/** Cacheability of a MAIR nibble as stage 2 numbers it: 1 Non-cacheable, 2 Write-Through, 3 Write-Back. */
const strength = (nibble: number): number => {
  if (nibble === NON_CACHEABLE) return 1;
  return (nibble & 0b0100) !== 0 ? 3 : 2;
};

const combineNibble = (stage1: number, stage2: number): number => {
  const weaker = Math.min(strength(stage1), stage2);
  if (weaker <= 1) return NON_CACHEABLE;
  // Allocation hints are those of stage 1; only its kind can be weakened.
  return weaker === strength(stage1) ? stage1 : 0b1000 | (stage1 & 0b0011);
};

/** Attributes of both stages: `stage2` is MemAttr[3:0]. Device wins, then the weaker kind. Arm ARM DDI 0487, D8.6.5. */
export const combineAttributes = (stage1: number, stage2: number): number => {
  const stage2Device = stage2 < 4;
  if (isDevice(stage1)) return stage2Device ? Math.min(stage1 & 0xc, stage2 << 2) : stage1 & 0xc;
  if (stage2Device) return stage2 << 2;
  return (combineNibble(stage1 >>> 4, stage2 >>> 2) << 4) | combineNibble(stage1 & 0xf, stage2 & 3);
};

export const combineShareability = (stage1: number, stage2: number): number => {
  if (stage1 === Shareability.outer || stage2 === Shareability.outer) return Shareability.outer;
  return stage1 === Shareability.inner || stage2 === Shareability.inner ? Shareability.inner : Shareability.none;
};
