import { NO_CP14, NO_PMU, withDebug, withPmu } from './cortex-a57.ts';
import { type Features, type MaskedField, processorModel } from './model.ts';

/** Cortex-A15 TRM (DDI 0438), chapter 4, revision r4p0. It has no AArch64. */
const real: Features = {
  ID_PFR0: 0x0000_1131n,
  ID_PFR1: 0x0001_1011n,
  ID_DFR0: 0x0201_0555n,
  ID_AFR0: 0n,
  ID_MMFR0: 0x1020_1105n,
  ID_MMFR1: 0x2000_0000n,
  ID_MMFR2: 0x0124_0000n,
  ID_MMFR3: 0x0210_2211n,
  ID_MMFR4: 0n,
  ID_ISAR0: 0x0210_1110n,
  ID_ISAR1: 0x1311_2111n,
  ID_ISAR2: 0x2123_2041n,
  ID_ISAR3: 0x1111_2131n,
  ID_ISAR4: 0x1001_1142n,
  ID_ISAR5: 0n,
  MVFR0: 0x1011_0222n,
  MVFR1: 0x1111_1111n,
  MVFR2: 0n,
  ID_AA64PFR0_EL1: 0n,
  ID_AA64DFR0_EL1: 0n,
  ID_AA64ISAR0_EL1: 0n,
  ID_AA64MMFR0_EL1: 0n,
};

/**
 * What a real one has and this CPU does not. The Security Extensions are said to be there, as they must be where Virtualization's are
 * (DDI 0406C, A1.5.1): all software is in Non-secure state. ThumbEE is there by its registers alone, as Jazelle in its trivial form.
 */
const masked: readonly MaskedField[] = [
  { register: 'ID_DFR0', field: 'CopDbg', at: 0, value: 0n, why: NO_CP14 },
  { register: 'ID_DFR0', field: 'CopSDbg', at: 4, value: 0n, why: NO_CP14 },
  { register: 'ID_DFR0', field: 'MMapDbg', at: 8, value: 0n, why: 'no debug register is in memory' },
  { register: 'ID_DFR0', field: 'MMapTrc', at: 16, value: 0n, why: 'there is no trace macrocell' },
  { register: 'ID_DFR0', field: 'PerfMon', at: 24, value: 0n, why: NO_PMU },
];

/** The first version. */
export const cortexA15v1 = processorModel({
  midr: 0x414f_c0f0n,
  aarch32Only: true,
  granule16: false,
  real,
  masked,
  fpsid: 0x4104_30f0,
  // 32 KiB L1 data, 32 KiB L1 instruction, 4 MiB L2.
  ccsidr: [0x701f_e00a, 0x201f_e00a, 0x711f_e07a],
  clidr: 0x0a20_0023,
  ctr: 0x8444_c004,
  // An interrupt controller is there.
  l2ctlr: 1 << 23,
  pmu: null,
  debug: null,
});

/** With performance monitors. */
export const cortexA15v2 = processorModel({ ...cortexA15v1, masked: withPmu(masked), pmu: { version: 2, id: 0x410f } });

/** And with its debug registers: version 7.1, of the revision that MIDR tells. What is in memory alone, PC sampling too, is not there. */
export const cortexA15 = processorModel({
  ...cortexA15v2,
  masked: withDebug(cortexA15v2.masked),
  debug: { didr: 0x3515_f040, devid: 0x0111_0f13, devid1: 0 },
});
