import { Hcr } from '../fields/hcr.ts';
import { Cpsr, itOfPsr, Mode, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { levelOfMode, selectMode, spsrCell } from './modes.ts';
import { jumpTo32, writeNzcv } from './pstate.ts';

/** EXIT_ARGUMENT of an exception return in AArch32: CPSR comes from memory (RFE), in the second word of ARG_VALUE. */
export const RETURN_WITH_CPSR = 1;

/** Whether a mode of AArch32 can be returned to, from level `from` (IllegalExceptionReturn of DDI 0487). */
export function canReturnToMode(cpu: PeState, psr: number, from: number): boolean {
  const level = levelOfMode(psr);
  if ((psr & 0x10) === 0 || level < 0 || level > from) return false;
  return level !== 1 || from !== 2 || (cpu.get32(sys.HCR_EL2) & Hcr.tge) === 0;
}

/** CPSR becomes `psr` but for its mode, and PC the target. `further`: PSTATE.SS, and PSTATE.IL where the mode was no legal one. */
export function resumeAarch32(cpu: PeState, psr: number, target: number, further: number): void {
  const thumb = (psr & Cpsr.t) !== 0;
  writeNzcv(cpu, psr);
  cpu.set32(cells.CPSR_Q, psr & Cpsr.q);
  cpu.set32(cells.CPSR_GE, psr & Cpsr.ge);
  cpu.set32(cells.CPSR_E, psr & Cpsr.e);
  cpu.set32(cells.ITSTATE, thumb ? itOfPsr(psr) : 0);
  cpu.set32(cells.DAIF, psr & Cpsr.aif);
  cpu.set32(cells.PSTATE_SS_IL, (psr & Pstate.il) | further);
  jumpTo32(cpu, target, thumb);
}

/**
 * An exception return in AArch32: ERET in Hyp mode, from ELR_hyp; elsewhere to the address in ARG_VALUE. CPSR is the mode's SPSR, or
 * comes from memory. An illegal return, UNPREDICTABLE in ARMv7, is as in ARMv8: the mode stays, PSTATE.IL is set.
 */
export function returnWithinAarch32(cpu: PeState): void {
  const mode = cpu.get32(cells.AARCH32_MODE);
  const target = cpu.get32(mode === Mode.hyp ? sys.ELR_EL2 : cells.ARG_VALUE);
  const psr = returnedCpsr(cpu, mode);
  const isLegal = canReturnToMode(cpu, psr, cpu.get32(cells.CURRENT_EL));
  if (isLegal) selectMode(cpu, psr & Cpsr.m);
  resumeAarch32(cpu, psr, target, isLegal ? 0 : Pstate.il);
}

function returnedCpsr(cpu: PeState, mode: number): number {
  if (mode !== Mode.hyp && cpu.get32(cells.EXIT_ARGUMENT) === RETURN_WITH_CPSR) return cpu.get32(cells.ARG_VALUE + 4);
  const spsr = spsrCell(mode);
  // In System mode there is none.
  return spsr === null ? 0 : cpu.get32(spsr);
}
