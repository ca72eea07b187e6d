import { type Features, type MaskedField, processorModel } from './model.ts';

/** Cortex-A57 TRM (DDI 0488), chapter 4, revision r1p0 with its GIC CPU interface enabled (GICCDISABLE low). */
const real: Features = {
  ID_PFR0: 0x0000_0131n,
  ID_PFR1: 0x1001_1011n,
  ID_DFR0: 0x0301_0066n,
  ID_AFR0: 0n,
  ID_MMFR0: 0x1010_1105n,
  ID_MMFR1: 0x4000_0000n,
  ID_MMFR2: 0x0126_0000n,
  ID_MMFR3: 0x0210_2211n,
  ID_MMFR4: 0n,
  ID_ISAR0: 0x0210_1110n,
  ID_ISAR1: 0x1311_2111n,
  ID_ISAR2: 0x2123_2042n,
  ID_ISAR3: 0x0111_2131n,
  ID_ISAR4: 0x0001_1142n,
  ID_ISAR5: 0x0001_1121n,
  MVFR0: 0x1011_0222n,
  MVFR1: 0x1211_1111n,
  MVFR2: 0x0000_0043n,
  ID_AA64PFR0_EL1: 0x0100_2222n,
  ID_AA64DFR0_EL1: 0x1030_5106n,
  ID_AA64ISAR0_EL1: 0x0001_1120n,
  ID_AA64MMFR0_EL1: 0x0000_1124n,
};

const NO_EL3 = 'there is no EL3';
/** Why a first version hides them. */
export const NO_PMU = 'there are no performance monitors';
/** Likewise, and the second. */
export const NO_CP14 = 'AArch32 state has no debug registers';
const NO_ARMV8_A32 = 'what ARMv8 adds to A32 and T32 is not there';

/** What a real one has and this CPU does not. */
export const maskedOfA57: readonly MaskedField[] = [
  { register: 'ID_AA64PFR0_EL1', field: 'EL3', at: 12, value: 0n, why: NO_EL3 },
  { register: 'ID_AA64PFR0_EL1', field: 'EL2', at: 8, value: 1n, why: 'EL2 is in AArch64 state always' },
  { register: 'ID_AA64DFR0_EL1', field: 'PMUVer', at: 8, value: 0n, why: NO_PMU },
  { register: 'ID_PFR1', field: 'Security', at: 4, value: 0n, why: NO_EL3 },
  { register: 'ID_DFR0', field: 'CopDbg', at: 0, value: 0n, why: NO_CP14 },
  { register: 'ID_DFR0', field: 'CopSDbg', at: 4, value: 0n, why: NO_EL3 },
  { register: 'ID_DFR0', field: 'MMapTrc', at: 16, value: 0n, why: 'there is no trace macrocell' },
  { register: 'ID_DFR0', field: 'PerfMon', at: 24, value: 0n, why: NO_PMU },
  { register: 'ID_ISAR2', field: 'LoadStore', at: 0, value: 1n, why: NO_ARMV8_A32 },
  { register: 'ID_ISAR5', field: 'SEVL', at: 0, value: 0n, why: NO_ARMV8_A32 },
  { register: 'ID_ISAR5', field: 'AES', at: 4, value: 0n, why: NO_ARMV8_A32 },
  { register: 'ID_ISAR5', field: 'SHA1', at: 8, value: 0n, why: NO_ARMV8_A32 },
  { register: 'ID_ISAR5', field: 'SHA2', at: 12, value: 0n, why: NO_ARMV8_A32 },
  { register: 'ID_ISAR5', field: 'CRC32', at: 16, value: 0n, why: NO_ARMV8_A32 },
  { register: 'MVFR1', field: 'FPHP', at: 24, value: 1n, why: NO_ARMV8_A32 },
  { register: 'MVFR2', field: 'SIMDMisc', at: 0, value: 0n, why: NO_ARMV8_A32 },
  { register: 'MVFR2', field: 'FPMisc', at: 4, value: 0n, why: NO_ARMV8_A32 },
];

/** The first version. */
export const cortexA57v1 = processorModel({
  midr: 0x411f_d070n,
  aarch32Only: false,
  granule16: false,
  real,
  masked: maskedOfA57,
  fpsid: 0x4103_4070,
  // 32 KiB L1 data, 48 KiB L1 instruction, 2 MiB L2.
  ccsidr: [0x701f_e00a, 0x201f_e012, 0x70ff_e07a],
  clidr: 0x0a20_0023,
  ctr: 0x8444_c004,
  l2ctlr: 0,
  pmu: null,
  debug: null,
});

/** The same with what shows its performance monitors. */
export const withPmu = (masked: readonly MaskedField[]): readonly MaskedField[] =>
  masked.filter(({ why }) => why !== NO_PMU);

export const cortexA57v2 = processorModel({
  ...cortexA57v1,
  masked: withPmu(maskedOfA57),
  pmu: { version: 3, id: 0x4101 },
});

/** The same with what shows its debug registers of AArch32. */
export const withDebug = (masked: readonly MaskedField[]): readonly MaskedField[] =>
  masked.filter(({ why }) => why !== NO_CP14);

/** DBGDIDR without SE_imp and nSUHD_imp, which tell of EL3. */
export const cortexA57 = processorModel({
  ...cortexA57v2,
  masked: withDebug(cortexA57v2.masked),
  debug: { didr: 0x3516_8000, devid: 0x0111_0f13, devid1: 2 },
});
