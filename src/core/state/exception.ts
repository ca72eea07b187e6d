import type { Ec } from '../fields/esr.ts';

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
  readonly ipa?: number;
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
