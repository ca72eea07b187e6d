/** Exception classes, ESR_ELx.EC, and those of HSR. Arm ARM DDI 0487, D17.2.37 (ESR_EL1); DDI 0406C, B3.13.6. */
export const Ec = {
  unknown: 0x00,
  wfx: 0x01,
  cp15_32: 0x03,
  cp15_64: 0x04,
  cp14_32: 0x05,
  cp14_ls: 0x06,
  fpAccess: 0x07,
  cp10Id: 0x08,
  bxj: 0x0a,
  cp14_64: 0x0c,
  illegalState: 0x0e,
  svc32: 0x11,
  hvc32: 0x12,
  smc32: 0x13,
  svc64: 0x15,
  hvc64: 0x16,
  smc64: 0x17,
  sys64: 0x18,
  iabtLow: 0x20,
  iabtCurrent: 0x21,
  pcAlignment: 0x22,
  dabtLow: 0x24,
  dabtCurrent: 0x25,
  spAlignment: 0x26,
  fpException64: 0x2c,
  serror: 0x2f,
  breakpointLow: 0x30,
  breakpointCurrent: 0x31,
  softwareStepLow: 0x32,
  softwareStepCurrent: 0x33,
  watchpointLow: 0x34,
  watchpointCurrent: 0x35,
  bkpt32: 0x38,
  vectorCatch32: 0x3a,
  brk64: 0x3c,
} as const;
export type Ec = (typeof Ec)[keyof typeof Ec];
/** EC has six bits. */
export const EXCEPTION_CLASSES = 64;

/** ESR_ELx.IL, HSR.IL: the instruction has 32 bits, or there is none. */
export const ESR_IL = 1 << 25;

/** ISS of a trap that may be of a conditional instruction. CCKNOWNPASS is of a trapped SMC: CV and COND are there, because the check may have failed. */
export const ConditionIss = { cv: 1 << 24, condShift: 20, ccknownpass: 1 << 19 } as const;

/** ISS of instruction and data aborts, alike in ESR_ELx and in HSR. Arm ARM DDI 0487, D17.2.37; DDI 0406C, B3.13.6. */
export const AbortIss = {
  isv: 1 << 24,
  sasShift: 22,
  sse: 1 << 21,
  srtShift: 16,
  sf: 1 << 15,
  ar: 1 << 14,
  fnv: 1 << 10,
  ea: 1 << 9,
  cm: 1 << 8,
  s1ptw: 1 << 7,
  wnr: 1 << 6,
} as const;

/** DFSR and IFSR of AArch32, beside their fault status: LPAE says that it is the Long-descriptor format's. Arm ARM DDI 0406C, B4.1.52. */
export const Fsr = { lpae: 1 << 9, wnr: 1 << 11, cm: 1 << 13 } as const;
