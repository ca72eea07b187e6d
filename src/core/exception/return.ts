import type { Cpu } from '../cpu.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../system/cells.ts';
import { debugExceptionsEnabled } from './debug.ts';
import { updateInterruptPending } from './interrupts.ts';
import { jumpTo, Pstate, selectLevel, writeNzcv } from './pstate.ts';

const HCR_TGE = 1 << 27;
const MDSCR_SS = 1;

/** Whether the mode in `spsr` cannot be returned to (IllegalExceptionReturn): AArch32, a higher level, no level at all. */
function isIllegal(cpu: Cpu, spsr: number, from: number): boolean {
  const el = (spsr >>> 2) & 3;
  if (spsr & 0x12 || el > from) return true;
  if (el === 0) return (spsr & 1) !== 0;
  return el === 1 && from === 2 && (cpu.get32(sys.HCR_EL2) & HCR_TGE) !== 0;
}

/** PSTATE.SS after a return (DebugExceptionReturnSS): set where debug exceptions become enabled. */
function returnSs(cpu: Cpu, spsr: number, from: number, to: number): number {
  if ((spsr & Pstate.ss) === 0 || (cpu.get32(sys.MDSCR_EL1) & MDSCR_SS) === 0) return 0;
  const enabledHere = debugExceptionsEnabled(cpu, from, (cpu.get32(cells.DAIF) & Pstate.d) !== 0);
  return !enabledHere && debugExceptionsEnabled(cpu, to, (spsr & Pstate.d) !== 0) ? Pstate.ss : 0;
}

/** ERET at EL1 or EL2 (AArch64.ExceptionReturn). */
export function exceptionReturn(cpu: Cpu): void {
  const from = cpu.get32(cells.CURRENT_EL);
  const el2 = from === 2;
  const spsr = cpu.get32(el2 ? sys.SPSR_EL2 : sys.SPSR_EL1);
  const elr = el2 ? sys.ELR_EL2 : sys.ELR_EL1;
  const illegal = isIllegal(cpu, spsr, from);
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
  jumpTo(cpu, cpu.get32(elr), cpu.get32(elr + 4));
  cpu.set32(cells.EXCLUSIVE_SIZE, 0);
  cpu.set32(cells.EVENT_REGISTER, 1);
  cpu.set32(sys.STEPPED, 0);
  cpu.configStale = true;
  if (el2) updateInterruptPending(cpu);
}
