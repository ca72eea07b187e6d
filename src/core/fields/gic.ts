// The GIC's virtual CPU interface: IHI 0069, 12.4 (ICH_*_EL2); IHI 0048B, 5.3 (GICH_*), whose GICH_HCR and GICH_VMCR are the same bits.

/** High half of ICH_LR<n>_EL2; the low half is the virtual INTID. */
export const Lr = {
  pending: 1 << 30,
  active: 1 << 31,
  state: 3 << 30,
  stateShift: 30,
  hw: 1 << 29,
  group1: 1 << 28,
  groupShift: 28,
  priorityShift: 16,
  eoi: 1 << 9,
} as const;

/** GICH_LR<n>, beside its virtual INTID. */
export const GichLr = {
  physicalShift: 10,
  cpuidShift: 10,
  eoi: 1 << 19,
  priorityShift: 23,
  stateShift: 28,
  group1: 1 << 30,
  groupShift: 30,
  hw: 1 << 31,
} as const;

export const Vmcr = {
  veng0: 1 << 0,
  veng1: 1 << 1,
  vackctl: 1 << 2,
  vfiqen: 1 << 3,
  vcbpr: 1 << 4,
  veoim: 1 << 9,
  vbpr1Shift: 18,
  vbpr0Shift: 21,
  vpmrShift: 24,
} as const;

export const IchHcr = {
  en: 1 << 0,
  uie: 1 << 1,
  lrenpie: 1 << 2,
  npie: 1 << 3,
  vgrp0eie: 1 << 4,
  vgrp0die: 1 << 5,
  vgrp1eie: 1 << 6,
  vgrp1die: 1 << 7,
  tc: 1 << 10,
  tall0: 1 << 11,
  tall1: 1 << 12,
  tdir: 1 << 14,
  eoicountShift: 27,
} as const;

export const Misr = {
  eoi: 1 << 0,
  u: 1 << 1,
  lrenp: 1 << 2,
  np: 1 << 3,
  vgrp0e: 1 << 4,
  vgrp0d: 1 << 5,
  vgrp1e: 1 << 6,
  vgrp1d: 1 << 7,
} as const;

/** GICH_VMCR at reset, as a Cortex-A15 has it (DDI 0438, table 8-12): binary points at their least, all priorities masked, both groups disabled. */
export const GICH_VMCR_RESET = 0x004c_0000;
