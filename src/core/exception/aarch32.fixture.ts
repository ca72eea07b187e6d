import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from '../system/cpu.ts';
import { resetCpu } from '../system/reset.ts';
import { updateInterruptPending } from './interrupts.ts';
import { selectMode } from './modes.ts';
import { jumpTo32 } from './pstate.ts';
import { callException } from './synchronous.ts';

export const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };

interface Setting {
  /** The CPU has no AArch64. */
  readonly only?: boolean;
  readonly hcr?: number;
  readonly thumb?: boolean;
  readonly pc?: number;
}
/** A CPU without the MMU in a mode of AArch32: vectors at 0x4000 and 0x6000. */
export function cpuIn(mode: number, { only = true, hcr = 0, thumb = false, pc = 0x8000 }: Setting = {}): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 1, entry: 0n });
  selectMode(cpu, mode);
  cpu.set32(sys.AARCH32_ONLY, only ? 1 : 0);
  cpu.set32(sys.HCR_EL2, hcr);
  cpu.set32(sys.SCTLR_EL1, 0);
  cpu.set32(sys.SCTLR_EL2, 0);
  cpu.set32(sys.VBAR_EL1, 0x4000);
  cpu.set32(sys.VBAR_EL2, 0x6000);
  cpu.set32(cells.DAIF, 0);
  cpu.set32(cells.SPSEL, 0);
  jumpTo32(cpu, pc, thumb);
  updateInterruptPending(cpu);
  return cpu;
}
/** The exception of an instruction that calls for one. */
export const call = (cpu: Cpu, kind: number, argument = 0, word = 0): Exception =>
  callException(cpu, (kind << 16) | argument, () => word);
