/**
 * SCTLR_ELx and SCTLR of AArch32: masks. SW, V, UWXN, TRE, AFE and TE are AArch32's alone. Arm ARM DDI 0487, D17.2.118;
 * DDI 0406C, B4.1.130.
 */
export const Sctlr = {
  m: 1 << 0,
  a: 1 << 1,
  sa: 1 << 3,
  sa0: 1 << 4,
  cp15ben: 1 << 5,
  sed: 1 << 8,
  uma: 1 << 9,
  sw: 1 << 10,
  v: 1 << 13,
  dze: 1 << 14,
  uct: 1 << 15,
  ntwi: 1 << 16,
  ntwe: 1 << 18,
  wxn: 1 << 19,
  uwxn: 1 << 20,
  e0e: 1 << 24,
  ee: 1 << 25,
  uci: 1 << 26,
  tre: 1 << 28,
  afe: 1 << 29,
  te: 1 << 30,
} as const;
