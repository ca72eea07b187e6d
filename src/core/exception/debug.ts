import { DBGPRCR_CORENPDRQ, Mdcr, Mdscr, Moe, OSDLR_DLK, OSLSR_OSLK } from '../fields/debug.ts';
import { AbortIss, Ec } from '../fields/esr.ts';
import { Hcr } from '../fields/hcr.ts';
import { Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { PeState } from '../state/pe-state.ts';
import { BREAKPOINTS, DBGBCR, DBGWCR, sys, WATCHPOINTS } from '../state/system-cells.ts';
import { debugDataAbort32, debugPrefetchAbort32 } from './aarch32-synchronous.ts';
import { meetsBreakpoint, meetsVectorCatch, watchedByte } from './debug-match.ts';
import { usesAarch32 } from './modes.ts';

// Self-hosted debug: Arm ARM DDI 0487, chapters D2 and G2; DDI 0406C, chapter C3. The run loop calls these where
// TranslationConfig.single says so. A debugger in AArch32 (monitor debug-mode) has no step, but breakpoints by mismatch; one in AArch64
// has AArch32 programs too. Processors that say in ID_DFR0 that they have none let no AArch32 software enable it.

/** DFSC and IFSC of every debug exception. */
const FSC_DEBUG = 0x22;
const STEPPED = 1;
const STEPPED_EXCLUSIVE = 2;

/** Level that debug exceptions are taken to (DebugTarget). */
export function debugTarget(cpu: PeState): 1 | 2 {
  return cpu.get32(sys.HCR_EL2) & Hcr.tge || cpu.get32(sys.MDCR_EL2) & Mdcr.tde ? 2 : 1;
}

/** AArch64.GenerateDebugExceptionsFrom: whether they are enabled at level `from` with this PSTATE.D. */
export function debugExceptionsEnabled(cpu: PeState, from: number, masked: boolean): boolean {
  if (cpu.get32(sys.OSLSR_EL1) & OSLSR_OSLK) return false;
  if (cpu.get32(sys.OSDLR_EL1) & OSDLR_DLK && !(cpu.get32(sys.DBGPRCR_EL1) & DBGPRCR_CORENPDRQ)) return false;
  const target = debugTarget(cpu);
  // AArch32 has no mask of its own, and none of these exceptions is taken from Hyp mode.
  if (usesAarch32(cpu, target)) return from < 2;
  if (from === target) return !masked && (cpu.get32(sys.MDSCR_EL1) & Mdscr.kde) !== 0;
  return target > from;
}

/** Whether software steps: what is in AArch32 steps nothing. */
export const steps = (cpu: PeState): boolean =>
  (cpu.get32(sys.MDSCR_EL1) & Mdscr.ss) !== 0 && !usesAarch32(cpu, debugTarget(cpu));

const enabledHere = (cpu: PeState): boolean =>
  debugExceptionsEnabled(cpu, cpu.get32(cells.CURRENT_EL), (cpu.get32(cells.DAIF) & Pstate.d) !== 0);

/** Whether instructions must be run one by one: stepping, breakpoints or watchpoints may be in force. */
export function debugActive(cpu: PeState): boolean {
  const mdscr = cpu.get32(sys.MDSCR_EL1);
  if (cpu.get32(sys.OSLSR_EL1) & OSLSR_OSLK) return false;
  if (mdscr & Mdscr.ss) return true;
  if ((mdscr & Mdscr.mde) === 0) return false;
  if (cpu.get32(sys.DBGVCR32_EL2) !== 0) return true;
  for (let n = 0; n < BREAKPOINTS; n++) if (cpu.get32(DBGBCR + 8 * n) & 1) return true;
  for (let n = 0; n < WATCHPOINTS; n++) if (cpu.get32(DBGWCR + 8 * n) & 1) return true;
  return false;
}

function debugException(cpu: PeState, low: Ec, current: Ec, iss: number, far?: bigint): Exception {
  const target = debugTarget(cpu);
  const ec = target === cpu.get32(cells.CURRENT_EL) ? current : low;
  const exception = { kind: 'sync', target, ec, iss: iss | FSC_DEBUG, returnOffset: 0 } as const;
  return far === undefined ? exception : { ...exception, far };
}

/** The Software Step exception due before the instruction at PC, which is not even fetched then. */
export function softwareStep(cpu: PeState): Exception | null {
  const isDue = steps(cpu) && (cpu.get32(cells.PSTATE_SS_IL) & Pstate.ss) === 0;
  if (!isDue || !enabledHere(cpu)) return null;
  const stepped = cpu.get32(sys.STEPPED);
  const iss = stepped & STEPPED ? (1 << 24) | (stepped & STEPPED_EXCLUSIVE ? 1 << 6 : 0) : 0;
  return debugException(cpu, Ec.softwareStepLow, Ec.softwareStepCurrent, iss);
}

/** The Breakpoint exception, or the vector catch, due before the instruction at PC: one that can be fetched, since faults of that go first (D1.3.5.4). */
export function breakpointHit(cpu: PeState): Exception | null {
  if ((cpu.get32(sys.MDSCR_EL1) & Mdscr.mde) === 0 || !enabledHere(cpu)) return null;
  const pc = cpu.pc;
  // A misaligned PC goes first.
  if (pc & 3n && !cpu.thumb) return null;
  const isBreakpoint = meetsBreakpoint(cpu, pc);
  if (!isBreakpoint && !meetsVectorCatch(cpu, pc)) return null;
  const target = debugTarget(cpu);
  if (usesAarch32(cpu, target))
    return debugPrefetchAbort32(cpu, target, isBreakpoint ? Moe.breakpoint : Moe.vectorCatch);
  // ESR_EL2 has a class of its own for vector catches, which AArch64 takes of AArch32.
  if (!isBreakpoint) return { kind: 'sync', target, ec: Ec.vectorCatch32, iss: FSC_DEBUG, returnOffset: 0 };
  return debugException(cpu, Ec.breakpointLow, Ec.breakpointCurrent, 0);
}

/** Load-exclusive instructions: LDXR, LDAXR, LDXP, LDAXP of every size; LDREX, LDREXB, LDREXH, LDREXD. */
function isLoadExclusive(cpu: PeState, word: number): boolean {
  if (cpu.get32(cells.AARCH32_MODE) === 0) return (word & 0x3fc0_0000) === 0x0840_0000;
  if (!cpu.thumb) return (word & 0x0f90_00f0) === 0x0190_0090;
  return (word & 0xfff0_0000) >>> 0 === 0xe850_0000 || (word & 0xfff0_00c0) >>> 0 === 0xe8d0_0040;
}

/** After instruction `word` has retired: the step is spent (SSAdvance). */
export function debugAfterInstruction(cpu: PeState, word: number): void {
  if (!steps(cpu)) return;
  const state = cpu.get32(cells.PSTATE_SS_IL);
  if ((state & Pstate.ss) === 0) return;
  cpu.set32(cells.PSTATE_SS_IL, state & ~Pstate.ss);
  cpu.set32(sys.STEPPED, STEPPED | (isLoadExclusive(cpu, word) ? STEPPED_EXCLUSIVE : 0));
}

/** A data access: `unprivileged` for LDTR and STTR. */
interface WatchedAccess {
  readonly write: boolean;
  readonly unprivileged?: boolean;
  readonly cacheMaintenance?: boolean;
}

/** The Watchpoint exception for a data access about to be made. */
export function watchpointHit(
  cpu: PeState,
  va: bigint,
  size: number,
  { write, unprivileged = false, cacheMaintenance = false }: WatchedAccess,
): Exception | null {
  if ((cpu.get32(sys.MDSCR_EL1) & Mdscr.mde) === 0 || !enabledHere(cpu)) return null;
  const el = cpu.get32(cells.CURRENT_EL);
  const address = watchedByte(cpu, va, size, write, unprivileged && el === 1 ? 0 : el);
  if (address === null) return null;
  const target = debugTarget(cpu);
  if (usesAarch32(cpu, target)) return debugDataAbort32(cpu, target, write, cacheMaintenance, address);
  const iss = (write ? AbortIss.wnr : 0) | (cacheMaintenance ? AbortIss.cm : 0);
  return debugException(cpu, Ec.watchpointLow, Ec.watchpointCurrent, iss, address);
}
