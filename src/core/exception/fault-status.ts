import { Fsr } from '../fields/esr.ts';
import { type FaultStatus, shortFsr } from '../fields/fault-status.ts';
import { Ttbcr } from '../fields/translation.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** DFSR or IFSR of a fault that AArch32's EL1 takes (Arm ARM DDI 0406C, B4.1.52, B4.1.96): `extra` are WnR and CM. */
export function faultStatusRegister(cpu: PeState, status: FaultStatus, domain = 0, extra = 0): number {
  if (cpu.get32(sys.TCR_EL1) & Ttbcr.eae) return Fsr.lpae | status.long | extra;
  return shortFsr(status.short) | (domain << 4) | extra;
}

export const accessBits = (isWrite: boolean, isCacheMaintenance: boolean): number =>
  (isWrite || isCacheMaintenance ? Fsr.wnr : 0) | (isCacheMaintenance ? Fsr.cm : 0);
