// models/: the processors that the CPU can be, as data: what each says that it is.
import { must } from '../../../base/assert.ts';
import type { PeState } from '../../state/pe-state.ts';
import { EVENT_COUNTERS, sys } from '../../state/system-cells.ts';
import { cortexA15, cortexA15v1, cortexA15v2 } from './cortex-a15.ts';
import { cortexA57, cortexA57v1, cortexA57v2 } from './cortex-a57.ts';
import { max, maxV1, maxV2 } from './max.ts';
import type { FeatureName, ProcessorModel } from './model.ts';

export type { Aarch64FeatureName, FeatureName, PmuModel, ProcessorModel } from './model.ts';
export { cortexA15, cortexA15v1, cortexA15v2, cortexA57, cortexA57v1, cortexA57v2, max, maxV1, maxV2 };

/** By the number in the cell CPU_MODEL. */
const models: readonly ProcessorModel[] = [
  cortexA57v1,
  cortexA15v1,
  maxV1,
  cortexA57v2,
  cortexA15v2,
  maxV2,
  cortexA57,
  cortexA15,
  max,
];

/** Makes the CPU one of a model: part of its reset. */
export function setModel(cpu: PeState, model: ProcessorModel): void {
  cpu.set32(sys.CPU_MODEL, models.indexOf(model));
  cpu.set32(sys.AARCH32_ONLY, model.aarch32Only ? 1 : 0);
  cpu.set32(sys.GRANULE_16K, model.granule16 ? 1 : 0);
  cpu.set64(sys.MIDR_EL1, model.midr);
  cpu.set64(sys.VPIDR_EL2, model.midr);
  // MDCR_EL2.HPMN: all event counters are EL1's.
  if (model.pmu) cpu.set32(sys.MDCR_EL2, EVENT_COUNTERS);
}

export const modelOf = (cpu: PeState): ProcessorModel => must(models[cpu.get32(sys.CPU_MODEL)], 'model of the CPU');

/** The fields that tell of the system register interface to the GIC, which is not there where the interface is memory-mapped. */
const gicFields: { readonly [F in FeatureName]?: bigint } = { ID_PFR1: 15n << 28n, ID_AA64PFR0_EL1: 15n << 24n };

/** A feature register as the CPU shows it. */
export function featureOf(cpu: PeState, name: FeatureName): bigint {
  const value = modelOf(cpu).features[name];
  return cpu.get32(sys.GIC_MEMORY_MAPPED) === 0 ? value : value & ~(gicFields[name] ?? 0n);
}
