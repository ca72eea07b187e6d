import { must } from '../base/assert.ts';
import type { SystemCounter } from '../core/state/pe-state.ts';
import type { HostCpu } from '../hyp/arm-common/host-cpu.ts';
import type { ArmConfig, ArmHypervisor } from '../hyp/arm-common/hypervisor.ts';
import { Arm64Hypervisor } from '../hyp/arm64/hypervisor.ts';
import { Armv7Hypervisor } from '../hyp/armv7/hypervisor.ts';
import type { CpuData } from './arch.ts';
import { Arm64Cpu } from './arm64-cpu.ts';
import { Armv7Cpu } from './armv7-cpu.ts';
import type { EmulatedCpu } from './emulated-cpu.ts';

/** An emulated host: its CPU, and the hypervisor that is resident on it. */
export interface Host {
  readonly cpu: EmulatedCpu;
  readonly hypervisor: ArmHypervisor;
}

/** What a host is made of. */
export interface HostParts {
  /** The guest's EL1 is in AArch32 state. */
  readonly guestAarch32: boolean;
  readonly memoryBytes: number;
  /** PEs of the host, one a vCPU. */
  readonly pes: number;
  readonly counter: SystemCounter;
  readonly gicVersion: 2 | 3;
  /** What the hypervisor needs to know beside its CPU; asked for once the CPU is there. */
  readonly config: (cpu: EmulatedCpu) => Omit<ArmConfig<HostCpu>, 'cpu'>;
}

/** An emulated host with this processor. */
export function makeHost({ model }: CpuData, parts: HostParts): Host {
  const { memoryBytes, counter, gicVersion, guestAarch32, pes, config } = parts;
  if (!model.aarch32Only) {
    const cpu = new Arm64Cpu(memoryBytes, counter, gicVersion, model, pes);
    return { cpu, hypervisor: new Arm64Hypervisor({ ...config(cpu), cpu, guestAarch32 }) };
  }
  const cpu = new Armv7Cpu(memoryBytes, counter, model, pes);
  const { cpuInterface, ...rest } = config(cpu);
  return {
    cpu,
    hypervisor: new Armv7Hypervisor({ ...rest, cpu, cpuInterface: must(cpuInterface, 'GICv2 of an ARMv7 host') }),
  };
}
