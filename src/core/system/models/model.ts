/** Feature registers that have a value a model; AArch64 has those of AArch32 as NAME_EL1. */
export type FeatureName =
  | 'ID_PFR0'
  | 'ID_PFR1'
  | 'ID_DFR0'
  | 'ID_AFR0'
  | 'ID_MMFR0'
  | 'ID_MMFR1'
  | 'ID_MMFR2'
  | 'ID_MMFR3'
  | 'ID_MMFR4'
  | 'ID_ISAR0'
  | 'ID_ISAR1'
  | 'ID_ISAR2'
  | 'ID_ISAR3'
  | 'ID_ISAR4'
  | 'ID_ISAR5'
  | 'MVFR0'
  | 'MVFR1'
  | 'MVFR2'
  | Aarch64FeatureName;
export type Aarch64FeatureName = 'ID_AA64PFR0_EL1' | 'ID_AA64DFR0_EL1' | 'ID_AA64ISAR0_EL1' | 'ID_AA64MMFR0_EL1';

export type Features = { readonly [F in FeatureName]: bigint };

/** A field of four bits that says less than the real processor's, since this CPU does less. */
export interface MaskedField {
  readonly register: FeatureName;
  readonly field: string;
  /** Its lowest bit. */
  readonly at: number;
  /** What it says instead. */
  readonly value: bigint;
  readonly why: string;
}

/** Performance monitors: version 3 is ARMv8's, 2 ARMv7's. */
export interface PmuModel {
  readonly version: 2 | 3;
  /** PMCR[31:16]: implementer and identification code. */
  readonly id: number;
}

/** AArch32's debug registers: what DBGDIDR, DBGDEVID and DBGDEVID1 say. Arm ARM DDI 0406C, C11.11.15, C11.11.12. */
export interface DebugModel {
  readonly didr: number;
  readonly devid: number;
  readonly devid1: number;
}

/** What a processor says that it is; and what it has that not all have. */
export interface ProcessorModel {
  readonly midr: bigint;
  /** Without AArch64: EL2 is Hyp mode. */
  readonly aarch32Only: boolean;
  /** Translation granules of 16 KiB. */
  readonly granule16: boolean;
  /** As its manual gives them, and as the CPU shows them. */
  readonly real: Features;
  readonly masked: readonly MaskedField[];
  readonly features: Features;
  readonly fpsid: number;
  /** By CSSELR; 0 where there is no such cache. */
  readonly ccsidr: readonly number[];
  readonly clidr: number;
  readonly ctr: number;
  /** L2CTLR but for the number of CPUs. */
  readonly l2ctlr: number;
  /** Null: there are none. */
  readonly pmu: PmuModel | null;
  /** Null: AArch32 has none; AArch64 has those of ARMv8 always. */
  readonly debug: DebugModel | null;
}

function shown(real: Features, masked: readonly MaskedField[]): Features {
  const features = { ...real };
  for (const { register, at, value } of masked)
    features[register] = (features[register] & ~(15n << BigInt(at))) | (value << BigInt(at));
  return features;
}

export const processorModel = (model: Omit<ProcessorModel, 'features'>): ProcessorModel => ({
  ...model,
  features: shown(model.real, model.masked),
});
