import { cortexA57, cortexA57v1, maskedOfA57, withDebug, withPmu } from './cortex-a57.ts';
import { processorModel } from './model.ts';

/**
 * A processor of nobody's that has everything this CPU can do: a Cortex-A57, its caches and its own registers included, with
 * granules of 16 KiB. Implementer 0 is software's.
 */
export const maxV1 = processorModel({
  ...cortexA57v1,
  midr: 0x000f_0480n,
  granule16: true,
  // TGran16 1.
  real: { ...cortexA57.real, ID_AA64MMFR0_EL1: 0x0010_1124n },
  masked: maskedOfA57,
});

/** The same with performance monitors. */
export const maxV2 = processorModel({ ...maxV1, masked: withPmu(maskedOfA57), pmu: cortexA57.pmu });

/** And with the debug registers of AArch32. */
export const max = processorModel({ ...maxV2, masked: withDebug(maxV2.masked), debug: cortexA57.debug });
