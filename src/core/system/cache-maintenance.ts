import { fromHalves } from '../../base/bits.ts';
import { watchpointHit } from '../exception/debug.ts';
import { translationAbort } from '../exception/synchronous.ts';
import { Access } from '../mmu/access.ts';
import type { Cpu } from './cpu.ts';

/** The line of CTR_EL0.DminLine. */
const LINE_BYTES = 64;

/**
 * DC IVAC and DCIMVAC, which could lose what was written: they need permission to write, and watchpoints see them as writes. Arm
 * ARM DDI 0487, D7.5.9, D2.10.5. HCR_EL2.VM makes them clean the line too, for which stage 2 needs not let it be written.
 */
export function invalidateLine(cpu: Cpu, lo: number, hi: number): void {
  const { mmu } = cpu.system;
  if (mmu === null) return;
  if (!mmu.translate(lo, hi, Access.write)) {
    const access = { execute: false, write: true, cacheMaintenance: true };
    if (!mmu.fault.isStage2Denial) cpu.pending = translationAbort(cpu, mmu.fault, access, lo, hi, () => 0);
    return;
  }
  const line = fromHalves((lo & -LINE_BYTES) >>> 0, hi);
  const hit = watchpointHit(cpu, line, LINE_BYTES, { write: true, cacheMaintenance: true });
  if (hit !== null) cpu.pending = hit;
}
