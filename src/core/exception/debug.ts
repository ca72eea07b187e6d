import { bit, bits } from '../../base/bits.ts';
import { DBGPRCR_CORENPDRQ, Mdcr, Mdscr, OSDLR_DLK, OSLSR_OSLK } from '../fields/debug.ts';
import { Ec } from '../fields/esr.ts';
import { Hcr } from '../fields/hcr.ts';
import { Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { PeState } from '../state/pe-state.ts';
import {
  BREAKPOINTS,
  CONTEXT_BREAKPOINTS,
  DBGBCR,
  DBGBVR,
  DBGWCR,
  DBGWVR,
  sys,
  WATCHPOINTS,
} from '../state/system-cells.ts';
import { usesAarch32 } from './modes.ts';

// Self-hosted debug: Arm ARM DDI 0487, "AArch64 Self-hosted Debug". The run loop calls these where TranslationConfig.single says so.
// A debugger in AArch32 has no step, breakpoints or watchpoints here, as ID_DFR0 says; one in AArch64 has them of AArch32 programs too.

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
  if (usesAarch32(cpu, target)) return false;
  if (from === target) return !masked && (cpu.get32(sys.MDSCR_EL1) & Mdscr.kde) !== 0;
  return target > from;
}

const enabledHere = (cpu: PeState): boolean =>
  debugExceptionsEnabled(cpu, cpu.get32(cells.CURRENT_EL), (cpu.get32(cells.DAIF) & Pstate.d) !== 0);

/** Whether instructions must be run one by one: stepping, breakpoints or watchpoints may be in force. */
export function debugActive(cpu: PeState): boolean {
  const mdscr = cpu.get32(sys.MDSCR_EL1);
  if (cpu.get32(sys.OSLSR_EL1) & OSLSR_OSLK) return false;
  if (mdscr & Mdscr.ss) return true;
  if ((mdscr & Mdscr.mde) === 0) return false;
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

/**
 * The fields that say in which state a breakpoint or watchpoint counts: HMC bit 13, SSC 15:14, PxC 2:1 in both
 * DBGBCR and DBGWCR. The state is always Non-secure (AArch64.StateMatch).
 */
function levelMatches(control: number, el: number): boolean {
  const pxc = bits(control, 2, 1);
  const hmc = bit(control, 13);
  const ssc = bits(control, 15, 14);
  if (ssc === 2) return false;
  if (el === 2) return hmc === 1 || ssc === 3;
  return (pxc & (el === 1 ? 1 : 2)) !== 0;
}

/** Whether breakpoint `n`, of a context-matching type, holds: DBGBCR.BT 0b001x compares CONTEXTIDR_EL1. */
function contextMatches(cpu: PeState, n: number): boolean {
  const el = cpu.get32(cells.CURRENT_EL);
  if (el === 2 || cpu.get32(sys.HCR_EL2) & Hcr.tge) return false;
  return cpu.get32(DBGBVR + 8 * n) === cpu.get32(sys.CONTEXTIDR_EL1);
}

const comparesContext = (n: number): boolean => n >= BREAKPOINTS - CONTEXT_BREAKPOINTS && n < BREAKPOINTS;

function linkedMatches(cpu: PeState, n: number): boolean {
  if (!comparesContext(n)) return false;
  const control = cpu.get32(DBGBCR + 8 * n);
  return bit(control, 0) === 1 && bits(control, 23, 20) === 0b0011 && contextMatches(cpu, n);
}

/** DBGBVR holds bits 48:2 of an address, and its sign; in AArch32 BAS selects halfwords. */
function addressMatches(cpu: PeState, n: number, pc: bigint, byteSelect: number): boolean {
  if (cpu.get32(cells.AARCH32_MODE) !== 0)
    return cpu.get32(DBGBVR + 8 * n) >>> 2 === Number(pc >> 2n) && bit(byteSelect, Number(pc & 3n)) === 1;
  return BigInt.asUintN(49, cpu.get64(DBGBVR + 8 * n)) >> 2n === BigInt.asUintN(49, pc) >> 2n;
}

function breakpointMatches(cpu: PeState, n: number, pc: bigint): boolean {
  const control = cpu.get32(DBGBCR + 8 * n);
  if (bit(control, 0) === 0 || !levelMatches(control, cpu.get32(cells.CURRENT_EL))) return false;
  const byteSelect = bits(control, 8, 5);
  switch (bits(control, 23, 20)) {
    case 0b0000:
      return addressMatches(cpu, n, pc, byteSelect);
    case 0b0001:
      return addressMatches(cpu, n, pc, byteSelect) && linkedMatches(cpu, bits(control, 19, 16));
    case 0b0010:
      return comparesContext(n) && contextMatches(cpu, n);
    default:
      return false;
  }
}

/** The Software Step exception due before the instruction at PC, which is not even fetched then. */
export function softwareStep(cpu: PeState): Exception | null {
  const isDue = cpu.get32(sys.MDSCR_EL1) & Mdscr.ss && (cpu.get32(cells.PSTATE_SS_IL) & Pstate.ss) === 0;
  if (!isDue || !enabledHere(cpu)) return null;
  const stepped = cpu.get32(sys.STEPPED);
  const iss = stepped & STEPPED ? (1 << 24) | (stepped & STEPPED_EXCLUSIVE ? 1 << 6 : 0) : 0;
  return debugException(cpu, Ec.softwareStepLow, Ec.softwareStepCurrent, iss);
}

/** The Breakpoint exception due before the instruction at PC: one that can be fetched, since faults of that go first (D1.3.5.4). */
export function breakpointHit(cpu: PeState): Exception | null {
  if ((cpu.get32(sys.MDSCR_EL1) & Mdscr.mde) === 0 || !enabledHere(cpu)) return null;
  const pc = cpu.pc;
  // A misaligned PC goes first.
  if (pc & 3n && !cpu.thumb) return null;
  for (let n = 0; n < BREAKPOINTS; n++)
    if (breakpointMatches(cpu, n, pc)) return debugException(cpu, Ec.breakpointLow, Ec.breakpointCurrent, 0);
  return null;
}

/** Load-exclusive instructions: LDXR, LDAXR, LDXP, LDAXP of every size; LDREX, LDREXB, LDREXH, LDREXD. */
function isLoadExclusive(cpu: PeState, word: number): boolean {
  if (cpu.get32(cells.AARCH32_MODE) === 0) return (word & 0x3fc0_0000) === 0x0840_0000;
  if (!cpu.thumb) return (word & 0x0f90_00f0) === 0x0190_0090;
  return (word & 0xfff0_0000) >>> 0 === 0xe850_0000 || (word & 0xfff0_00c0) >>> 0 === 0xe8d0_0040;
}

/** After instruction `word` has retired: the step is spent (SSAdvance). */
export function debugAfterInstruction(cpu: PeState, word: number): void {
  if ((cpu.get32(sys.MDSCR_EL1) & Mdscr.ss) === 0) return;
  const state = cpu.get32(cells.PSTATE_SS_IL);
  if ((state & Pstate.ss) === 0) return;
  cpu.set32(cells.PSTATE_SS_IL, state & ~Pstate.ss);
  cpu.set32(sys.STEPPED, STEPPED | (isLoadExclusive(cpu, word) ? STEPPED_EXCLUSIVE : 0));
}

/** Whether watchpoint `n` watches the byte at `address` (AArch64.WatchpointByteMatch). */
function watchesByte(cpu: PeState, n: number, address: bigint): boolean {
  const control = cpu.get32(DBGWCR + 8 * n);
  const value = cpu.get64(DBGWVR + 8 * n);
  const bottom = value & 4n ? 2 : 3;
  const byteSelect = bits(control, 12, 5);
  if (bit(byteSelect, Number(address & BigInt((1 << bottom) - 1))) === 0) return false;
  const shift = BigInt(Math.max(bits(control, 28, 24), bottom));
  return BigInt.asUintN(49, value) >> shift === BigInt.asUintN(49, address) >> shift;
}

/** The Watchpoint exception for a data access about to be made; `unprivileged`: LDTR and STTR. */
export function watchpointHit(
  cpu: PeState,
  va: bigint,
  size: number,
  write: boolean,
  unprivileged = false,
): Exception | null {
  if ((cpu.get32(sys.MDSCR_EL1) & Mdscr.mde) === 0 || !enabledHere(cpu)) return null;
  const el = cpu.get32(cells.CURRENT_EL);
  const accessEl = unprivileged && el === 1 ? 0 : el;
  for (let n = 0; n < WATCHPOINTS; n++) {
    const control = cpu.get32(DBGWCR + 8 * n);
    if (bit(control, 0) === 0 || !levelMatches(control, accessEl)) continue;
    if ((bits(control, 4, 3) & (write ? 2 : 1)) === 0) continue;
    if (bit(control, 20) && !linkedMatches(cpu, bits(control, 19, 16))) continue;
    for (let i = 0; i < size; i++) {
      const address = BigInt.asUintN(64, va + BigInt(i));
      if (!watchesByte(cpu, n, address)) continue;
      return debugException(cpu, Ec.watchpointLow, Ec.watchpointCurrent, write ? 1 << 6 : 0, address);
    }
  }
  return null;
}
