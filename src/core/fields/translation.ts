/**
 * TTBCR, by the format that EAE selects: N, PD0 and PD1 of the short one; T0SZ, EPD0, T1SZ, A1, EPD1 of the long one. A1 has the
 * same place in TCR_EL1. Arm ARM DDI 0406C, B4.1.153.
 */
export const Ttbcr = {
  n: 7,
  pd0: 1 << 4,
  pd1: 1 << 5,
  t0sz: 7,
  epd0: 1 << 7,
  a1: 1 << 22,
  epd1: 1 << 23,
  eae: 1 << 31,
} as const;

/** TBI0 and TBI1 in the high half of TCR_EL1; TBI of TCR_EL2. Arm ARM DDI 0487, D17.2.131. */
export const TcrHigh = { tbi0: 1 << 5, tbi1: 1 << 6 } as const;
export const TCR_EL2_TBI = 1 << 20;

/** PAR_EL1, and PAR in its 64-bit format: NS of a success, S (stage) and PTW of a fault. Arm ARM DDI 0487, D17.2.107; DDI 0406C, B4.1.112. */
export const Par = { f: 1 << 0, ptw: 1 << 8, s: 1 << 9, ns: 1 << 9, res1: 1 << 11 } as const;
