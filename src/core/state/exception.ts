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
  brk64: 0x3c,
} as const;
export type Ec = (typeof Ec)[keyof typeof Ec];

/**
 * An exception to take: what the vector, ESR, FAR and HPFAR of the target level need. One to AArch32 has the class and the
 * syndrome that HSR would have; at EL1 the class gives the vector.
 */
export interface Exception {
  readonly kind: 'sync' | 'irq' | 'fiq' | 'serror';
  readonly target: 1 | 2;
  /** ESR_ELx.EC and ISS; the taker adds IL. */
  readonly ec: Ec;
  readonly iss: number;
  /** FAR_ELx, where the class has one. */
  readonly far?: bigint;
  /** HPFAR_EL2 as an IPA, for stage 2 faults. */
  readonly ipa?: bigint;
  /** DFSR or IFSR, for aborts that AArch32's EL1 takes. */
  readonly fsr?: number;
  /**
   * Bytes to add to the current PC for the preferred return address: 0 for faults and traps, the instruction's length for
   * SVC, HVC, untrapped SMC.
   */
  readonly returnOffset: number;
  /** The instruction has 16 bits: ESR_ELx.IL is 0. */
  readonly narrow?: true;
}
