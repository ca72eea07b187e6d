import { selectMode } from '../exception/modes.ts';
import { jumpTo32 } from '../exception/pstate.ts';
import { GICH_VMCR_RESET } from '../fields/gic.ts';
import { Cpsr, Mode, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';
import { SCTLR_RESET_ARMV7 } from './cp15/control.ts';
import { coprocessorFile } from './cp15/index.ts';
import type { Cpu } from './cpu.ts';
import { resetRegisters } from './index.ts';
import { cortexA57, type ProcessorModel, setModel } from './models/index.ts';

export interface ResetOptions {
  /** Level to start at: 2 by architecture; 1 as after a boot loader that left EL2. */
  readonly el: 1 | 2;
  readonly entry: bigint;
  /** Aff0 of MPIDR_EL1. */
  readonly affinity?: number;
  /** CPUs of the cluster. */
  readonly cpus?: number;
  /** 2: the GIC's virtual CPU interface is memory-mapped, and has no system registers; 3 where absent. */
  readonly gicVersion?: 2 | 3;
  /** Which processor it is; absent: a Cortex-A57. An ARMv7-A one starts in Hyp mode (EL2) or Supervisor mode (EL1), in T32 if the entry is odd. */
  readonly model?: ProcessorModel;
  /** What CBAR says of where the GIC is: of an ARMv7-A CPU. */
  readonly peripheralsAt?: number;
}

/** MPIDR_EL1 bit 31, RES1. */
const MPIDR_RES1 = 0x8000_0000;

/** Resets the running PE (AArch64.TakeReset of the Arm ARM, DDI 0487). What is UNKNOWN then becomes 0. */
export function resetCpu(cpu: Cpu, options: ResetOptions): void {
  const { el, entry, affinity = 0, cpus = 1, gicVersion = 3, model = cortexA57 } = options;
  // The numbers of translation contexts are the MMU's, which knows best when they change.
  const contexts = [cpu.get32(cells.CONTEXT), cpu.get32(cells.CONTEXT_UNPRIVILEGED)] as const;
  cpu.u8.fill(0, 0, cells.CPU_STATE_BYTES);
  cpu.set32(cells.CONTEXT, contexts[0]);
  cpu.set32(cells.CONTEXT_UNPRIVILEGED, contexts[1]);
  cpu.set32(cells.JUMP_SALT, affinity * cells.JUMP_SALT_STEP);
  cpu.pending = null;
  resetRegisters(cpu);
  if (model.aarch32Only) resetRegistersOfArmv7(cpu, options);
  setModel(cpu, model);
  cpu.set32(sys.MPIDR_EL1, MPIDR_RES1 | affinity);
  cpu.set32(sys.VMPIDR_EL2, MPIDR_RES1 | affinity);
  cpu.set32(sys.CNTFRQ_EL0, cpu.counter.frequency);
  cpu.set64(sys.RVBAR_EL2, entry);
  cpu.set32(sys.CLUSTER_CPUS, cpus);
  if (gicVersion === 2) {
    cpu.set32(sys.GIC_MEMORY_MAPPED, 1);
    cpu.set32(sys.ICH_VMCR_EL2, GICH_VMCR_RESET);
  }
  if (model.aarch32Only) startInAarch32(cpu, options);
  else {
    cpu.set32(cells.CURRENT_EL, el);
    cpu.set32(cells.SPSEL, 1);
    cpu.set32(cells.DAIF, Pstate.daif);
    cpu.pc = entry;
  }
  cpu.system.stateReplaced();
}

function resetRegistersOfArmv7(cpu: Cpu, { peripheralsAt = 0 }: ResetOptions): void {
  coprocessorFile.reset(cpu);
  cpu.set32(sys.SCTLR_EL1, SCTLR_RESET_ARMV7);
  cpu.set32(sys.CBAR, peripheralsAt);
}

/** TakeReset of DDI 0406C, B1.9.1, but for the level. */
function startInAarch32(cpu: Cpu, { el, entry }: ResetOptions): void {
  cpu.set32(cells.DAIF, Cpsr.aif);
  selectMode(cpu, el === 2 ? Mode.hyp : Mode.svc);
  jumpTo32(cpu, Number(entry), (entry & 1n) !== 0n);
}
