import { Hcr } from '../fields/hcr.ts';
import { Cpsr, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { canReturnToMode, resumeAarch32, returnWithinAarch32 } from './aarch32-return.ts';
import { branchAddressHigh } from './branch-address.ts';
import { debugExceptionsEnabled, steps } from './debug.ts';
import { updateInterruptPending } from './interrupts.ts';
import { levelOfMode, selectMode } from './modes.ts';
import { jumpTo, selectLevel, writeNzcv } from './pstate.ts';

/** SPSR.M[1], which is reserved in AArch64. */
const M_RESERVED = 1 << 1;

const isEl1Aarch32 = (cpu: PeState): boolean => (cpu.get32(sys.HCR_EL2) & Hcr.rw) === 0;

/** Whether the mode in `spsr` cannot be returned to (IllegalExceptionReturn): a higher level, no level at all, another state than it uses. */
function isIllegal(cpu: PeState, spsr: number, from: number): boolean {
  if (spsr & Pstate.aarch32) {
    const level = levelOfMode(spsr);
    if (!canReturnToMode(cpu, spsr, from) || level === 2) return true;
    return level === 1 && (from === 1 || !isEl1Aarch32(cpu));
  }
  const el = (spsr >>> 2) & 3;
  if (spsr & M_RESERVED || el > from || (el === 0 && spsr & 1)) return true;
  if (from !== 2 || el === 2) return false;
  return isEl1Aarch32(cpu) || (el === 1 && (cpu.get32(sys.HCR_EL2) & Hcr.tge) !== 0);
}

/** PSTATE.SS after a return (DebugExceptionReturnSS): set where debug exceptions become enabled. */
function returnSs(cpu: PeState, spsr: number, from: number, to: number): number {
  if ((spsr & Pstate.ss) === 0 || !steps(cpu)) return 0;
  const enabledHere = debugExceptionsEnabled(cpu, from, (cpu.get32(cells.DAIF) & Pstate.d) !== 0);
  const masked = (spsr & Pstate.aarch32) === 0 && (spsr & Pstate.d) !== 0;
  return !enabledHere && debugExceptionsEnabled(cpu, to, masked) ? Pstate.ss : 0;
}

/** ERET at EL1 or EL2 in AArch64 (AArch64.ExceptionReturn). */
function returnFromAarch64(cpu: PeState, from: number): void {
  const el2 = from === 2;
  const spsr = cpu.get32(el2 ? sys.SPSR_EL2 : sys.SPSR_EL1);
  const elr = el2 ? sys.ELR_EL2 : sys.ELR_EL1;
  const illegal = isIllegal(cpu, spsr, from);
  if (!illegal && spsr & Pstate.aarch32) {
    const to = levelOfMode(spsr);
    const ss = returnSs(cpu, spsr, from, to);
    selectLevel(cpu, to, 0);
    selectMode(cpu, spsr & Cpsr.m);
    resumeAarch32(cpu, spsr, cpu.get32(elr), ss);
    return;
  }
  const to = illegal ? from : (spsr >>> 2) & 3;
  const ss = returnSs(cpu, spsr, from, to);
  if (illegal) {
    cpu.set32(cells.PSTATE_SS_IL, ss | Pstate.il);
  } else {
    cpu.set32(cells.PSTATE_SS_IL, ss | (spsr & Pstate.il));
    selectLevel(cpu, to, spsr & 1);
  }
  writeNzcv(cpu, spsr);
  cpu.set32(cells.DAIF, spsr & Pstate.daif);
  jumpTo(cpu, cpu.get32(elr), branchAddressHigh(cpu, cpu.get32(elr + 4), to));
}

/** The return from an exception that the instruction at PC asks for (ExitReason.eret). */
export function exceptionReturn(cpu: PeState): void {
  const from = cpu.get32(cells.CURRENT_EL);
  if (cpu.get32(cells.AARCH32_MODE) === 0) returnFromAarch64(cpu, from);
  else returnWithinAarch32(cpu);
  cpu.set32(cells.EXCLUSIVE_SIZE, 0);
  cpu.set32(cells.EVENT_REGISTER, 1);
  cpu.set32(sys.STEPPED, 0);
  cpu.levelChanged();
  if (from === 2) updateInterruptPending(cpu);
}
