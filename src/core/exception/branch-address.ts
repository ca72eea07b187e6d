import { TCR_EL2_TBI, TcrHigh } from '../fields/translation.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** VA[55], the sign of an address without its tag; and the tag. */
const SIGN = 1 << 23;
const TAG = 0xff00_0000;

/** The high half of what PC becomes by a branch to an address, in AArch64 at a level: without its tag, where TBI says that it has one (AArch64.BranchAddr). */
export function branchAddressHigh(cpu: PeState, high: number, el: number): number {
  if (el === 2) return cpu.get32(sys.TCR_EL2) & TCR_EL2_TBI ? (high & ~TAG) >>> 0 : high;
  const isUpper = (high & SIGN) !== 0;
  if ((cpu.get32(sys.TCR_EL1 + 4) & (isUpper ? TcrHigh.tbi1 : TcrHigh.tbi0)) === 0) return high;
  return (isUpper ? high | TAG : high & ~TAG) >>> 0;
}
