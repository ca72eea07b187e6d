import { Hcr } from '../fields/hcr.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** Level that a synchronous exception which nothing traps is taken to. */
export function defaultTarget(cpu: PeState): 1 | 2 {
  const el = cpu.get32(cells.CURRENT_EL);
  if (el === 2) return 2;
  return el === 0 && cpu.get32(sys.HCR_EL2) & Hcr.tge ? 2 : 1;
}

/** The level a trap to `wanted` goes to: HCR_EL2.TGE sends EL0's traps to EL1 on to EL2. */
export function trapTarget(cpu: PeState, wanted: 1 | 2): 1 | 2 {
  const fallback = defaultTarget(cpu);
  return wanted > fallback ? wanted : fallback;
}
