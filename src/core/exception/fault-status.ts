import { Fsr } from '../fields/esr.ts';
import { Ttbcr } from '../fields/translation.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** A fault's status by both formats of DFSR and IFSR: STATUS, and FS[4:0]. */
export interface FaultStatus {
  readonly long: number;
  readonly short: number;
}
/** Faults that no translation gives. Arm ARM DDI 0406C, tables B3-23 and B3-24. */
export const Fault = {
  alignment: { long: 0b100001, short: 0b00001 },
  debug: { long: 0b100010, short: 0b00010 },
  external: { long: 0b010000, short: 0b01000 },
  asynchronousExternal: { long: 0b010001, short: 0b10110 },
} as const satisfies Readonly<Record<string, FaultStatus>>;

/** DFSR or IFSR of a fault that AArch32's EL1 takes: `extra` are WnR and CM. */
export function faultStatusRegister(cpu: PeState, status: FaultStatus, domain = 0, extra = 0): number {
  if (cpu.get32(sys.TCR_EL1) & Ttbcr.eae) return Fsr.lpae | status.long | extra;
  return ((status.short & 0x10) << 6) | (domain << 4) | (status.short & 0xf) | extra;
}

export const accessBits = (isWrite: boolean, isCacheMaintenance: boolean): number =>
  (isWrite || isCacheMaintenance ? Fsr.wnr : 0) | (isCacheMaintenance ? Fsr.cm : 0);
