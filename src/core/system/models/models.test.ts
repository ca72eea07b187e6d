import { describe, expect, it } from 'vitest';
import { PHYSICAL_ADDRESS_BITS } from '../../mmu/descriptor.ts';
import { BREAKPOINTS, CONTEXT_BREAKPOINTS, sys, WATCHPOINTS } from '../../state/system-cells.ts';
import { Cpu } from '../cpu.ts';
import { SystemRegister } from '../index.ts';
import { resetCpu } from '../reset.ts';
import {
  cortexA15,
  cortexA15v1,
  cortexA15v2,
  cortexA57,
  cortexA57v1,
  cortexA57v2,
  type FeatureName,
  featureOf,
  max,
  maxV1,
  maxV2,
  modelOf,
  type ProcessorModel,
} from './index.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY };
function cpuOf(model: ProcessorModel, gicVersion: 2 | 3 = 3): Cpu {
  const cpu = new Cpu(4096, counter);
  resetCpu(cpu, { el: 2, entry: 0n, model, gicVersion });
  return cpu;
}
const field = (value: bigint, at: number): bigint => (value >> BigInt(at)) & 15n;
const models = {
  'cortex-a57@1': cortexA57v1,
  'cortex-a15@1': cortexA15v1,
  'max@1': maxV1,
  'cortex-a57@2': cortexA57v2,
  'cortex-a15@2': cortexA15v2,
  'max@2': maxV2,
  'cortex-a57': cortexA57,
  'cortex-a15': cortexA15,
  max,
};

describe.each(Object.entries(models))('%s', (_, model) => {
  it('shows its manual’s values but for the fields in its table, which all say less there', () => {
    const expected = { ...model.real };
    for (const { register, at, value } of model.masked) {
      expect(field(model.real[register], at), `${register}[${at}]`).toBeGreaterThan(value);
      expected[register] += (value - field(model.real[register], at)) << BigInt(at);
    }
    const cpu = cpuOf(model);
    for (const name of Object.keys(model.real) as FeatureName[])
      expect(featureOf(cpu, name), name).toBe(expected[name]);
    expect(modelOf(cpu)).toBe(model);
    expect(cpu.get64(sys.VPIDR_EL2)).toBe(model.midr);
  });

  it('says the same of the GIC in both states', () => {
    for (const gicVersion of [2, 3] as const) {
      const cpu = cpuOf(model, gicVersion);
      const hasRegisters = gicVersion === 3 && !model.aarch32Only;
      expect(field(featureOf(cpu, 'ID_PFR1'), 28)).toBe(hasRegisters ? 1n : 0n);
      expect(field(featureOf(cpu, 'ID_AA64PFR0_EL1'), 24)).toBe(hasRegisters ? 1n : 0n);
    }
  });
});

it.each(Object.entries(models))('%s says which performance monitors it has', (_, model) => {
  const version = model.pmu?.version ?? 0;
  expect(field(model.features.ID_DFR0, 24)).toBe(BigInt(version));
  expect(field(model.features.ID_AA64DFR0_EL1, 8)).toBe(version === 3 ? 1n : 0n);
});

it.each(Object.entries(models))('%s says which debug registers AArch32 has', (_, model) => {
  const didr = BigInt(model.debug?.didr ?? 0);
  expect(field(model.features.ID_DFR0, 0)).toBe(field(didr, 16));
  if (model.debug === null) return;
  expect([24, 28, 20].map((at) => Number(field(didr, at)) + 1)).toEqual([
    BREAKPOINTS,
    WATCHPOINTS,
    CONTEXT_BREAKPOINTS,
  ]);
});

it.each([
  ['cortex-a57', cortexA57, 0x1124n],
  ['max', max, 0x10_1124n],
] as const)('%s has the debug hardware, addresses and granules that it says', (_, model, mmfr0) => {
  const cpu = cpuOf(model);
  const read = (name: string): bigint => new SystemRegister(cpu, name).read();
  expect(read('ID_AA64MMFR0_EL1')).toBe(mmfr0);
  expect([32, 36, 40, 42, 44, 48][Number(field(mmfr0, 0))]).toBe(PHYSICAL_ADDRESS_BITS);
  expect(model.granule16).toBe(field(mmfr0, 20) === 1n);
  const debug = read('ID_AA64DFR0_EL1');
  expect([12, 20, 28].map((at) => Number(field(debug, at)) + 1)).toEqual([
    BREAKPOINTS,
    WATCHPOINTS,
    CONTEXT_BREAKPOINTS,
  ]);
});
