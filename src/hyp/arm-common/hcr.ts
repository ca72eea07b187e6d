/** HCR_EL2, and HCR of ARMv7-A (Arm ARM DDI 0487, D17.2.48; DDI 0406, B4.1.65). */
export const Hcr = {
  VM: 1n << 0n,
  SWIO: 1n << 1n,
  FMO: 1n << 3n,
  IMO: 1n << 4n,
  AMO: 1n << 5n,
  FB: 1n << 9n,
  BSU_IS: 1n << 10n,
  TWI: 1n << 13n,
  TID3: 1n << 18n,
  TSC: 1n << 19n,
  TIDCP: 1n << 20n,
  /** Of HCR_EL2 alone. */
  RW: 1n << 31n,
} as const;

/** What bhyve sets on both architectures; on arm64 it has no TSC, but SMC is a conduit for PSCI here too. */
export const HCR_COMMON = Hcr.TSC | Hcr.TWI | Hcr.BSU_IS | Hcr.FB | Hcr.AMO | Hcr.IMO | Hcr.FMO | Hcr.SWIO | Hcr.VM;
