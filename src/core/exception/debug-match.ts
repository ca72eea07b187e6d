import { bit, bits } from '../../base/bits.ts';
import { Hcr } from '../fields/hcr.ts';
import { Cpsr, Mode } from '../fields/psr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import * as cells from '../state/cells.ts';
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

// Which breakpoints, watchpoints and vector catches are met: Arm ARM DDI 0487, D2.8, D2.9 and G2.9 to G2.11; DDI 0406C, C3.3 and C3.4. The
// registers are the same in both execution states, and the rules but for what is said here.

/** DBGBCR.BT, without its bit 0, which says that it is linked. */
const BreakpointType = {
  address: 0b0000,
  context: 0b0010,
  mismatch: 0b0100,
  vmid: 0b1000,
  contextVmid: 0b1010,
} as const;
const LINKED = 1;
/** DBGVCR's bits of Non-secure state, from the one of offset 0 on, where there are the Security Extensions; else from bit 0. */
const NON_SECURE_VECTORS = 24;
/**
 * Undefined Instruction, SVC, IRQ and FIQ: where an abort is a vector caught, to which this exception would go itself, the event is
 * UNPREDICTABLE, and none here. Arm ARM DDI 0406C, C3.3.6.
 */
const CAUGHT_VECTORS = (1 << 1) | (1 << 2) | (1 << 6) | (1 << 7);
const HIGH_VECTORS = 0xffff_0000;

/** The code is of a translation regime in AArch32: then its rules hold. AArch64 is the debugger of AArch32 programs below it. */
const inAarch32Regime = (cpu: PeState): boolean => cpu.get32(cells.AARCH32_MODE) !== 0 && usesAarch32(cpu, 1);

/**
 * The fields that say in which state a breakpoint or watchpoint counts: HMC bit 13, SSC 15:14, PxC 2:1 in both
 * DBGBCR and DBGWCR. The state is always Non-secure (StateMatch).
 */
function levelMatches(control: number, el: number): boolean {
  const pxc = bits(control, 2, 1);
  const hmc = bit(control, 13);
  const ssc = bits(control, 15, 14);
  if (ssc === 2) return false;
  if (el === 2) return hmc === 1 || ssc === 3;
  return (pxc & (el === 1 ? 1 : 2)) !== 0;
}
/** Of AArch32, a breakpoint with no field set is of User, System and Supervisor mode. */
const modes: readonly number[] = [Mode.usr, Mode.sys, Mode.svc];
function breakpointStateMatches(cpu: PeState, control: number): boolean {
  const chosen = control & ((0b11 << 14) | (1 << 13) | (0b11 << 1));
  // SSC: both states, or Non-secure state alone.
  if ((chosen & ~(1 << 14)) === 0 && inAarch32Regime(cpu))
    return modes.includes(cpu.get32(cells.AARCH32_MODE) & Cpsr.m);
  return levelMatches(control, cpu.get32(cells.CURRENT_EL));
}

function contextMatches(cpu: PeState, n: number): boolean {
  const isHosts = !inAarch32Regime(cpu) && (cpu.get32(sys.HCR_EL2) & Hcr.tge) !== 0;
  if (cpu.get32(cells.CURRENT_EL) === 2 || isHosts) return false;
  return cpu.get32(DBGBVR + 8 * n) === cpu.get32(sys.CONTEXTIDR_EL1);
}
/** DBGBXVR is the upper half of DBGBVR. */
const vmidMatches = (cpu: PeState, n: number): boolean =>
  cpu.get32(cells.CURRENT_EL) < 2 &&
  (cpu.get32(DBGBVR + 8 * n + 4) & 0xff) === ((cpu.get32(sys.VTTBR_EL2 + 4) >>> 16) & 0xff);

const comparesContext = (n: number): boolean => n >= BREAKPOINTS - CONTEXT_BREAKPOINTS && n < BREAKPOINTS;

/** What a breakpoint of a type without an address compares: null for other types. VMIDs are compared in AArch32 alone. */
function contextTypeMatches(cpu: PeState, n: number, type: number): boolean | null {
  if (type === BreakpointType.context) return contextMatches(cpu, n);
  if (!inAarch32Regime(cpu)) return null;
  if (type === BreakpointType.vmid) return vmidMatches(cpu, n);
  return type === BreakpointType.contextVmid ? vmidMatches(cpu, n) && contextMatches(cpu, n) : null;
}

/** Whether breakpoint `n`, which others are linked to, holds. */
function linkedMatches(cpu: PeState, n: number): boolean {
  if (!comparesContext(n)) return false;
  const control = cpu.get32(DBGBCR + 8 * n);
  const type = bits(control, 23, 20);
  return bit(control, 0) === 1 && (type & LINKED) === 1 && contextTypeMatches(cpu, n, type & ~LINKED) === true;
}
/** With the breakpoint that its LBN names, if it is linked to one. */
const linkMatches = (cpu: PeState, control: number, isLinked: boolean): boolean =>
  !isLinked || linkedMatches(cpu, bits(control, 19, 16));

/** DBGBVR holds bits 48:2 of an address, and its sign; in AArch32 BAS selects halfwords. */
function addressMatches(cpu: PeState, n: number, pc: bigint, byteSelect: number): boolean {
  if (cpu.get32(cells.AARCH32_MODE) !== 0)
    return cpu.get32(DBGBVR + 8 * n) >>> 2 === Number(pc >> 2n) && bit(byteSelect, Number(pc & 3n)) === 1;
  return BigInt.asUintN(49, cpu.get64(DBGBVR + 8 * n)) >> 2n === BigInt.asUintN(49, pc) >> 2n;
}

function breakpointMatches(cpu: PeState, n: number, pc: bigint): boolean {
  const control = cpu.get32(DBGBCR + 8 * n);
  if (bit(control, 0) === 0 || !breakpointStateMatches(cpu, control)) return false;
  const byteSelect = bits(control, 8, 5);
  const type = bits(control, 23, 20);
  const isLinked = (type & LINKED) === 1;
  switch (type & ~LINKED) {
    case BreakpointType.address:
      return addressMatches(cpu, n, pc, byteSelect) && linkMatches(cpu, control, isLinked);
    case BreakpointType.mismatch:
      if (!inAarch32Regime(cpu)) return false;
      return !addressMatches(cpu, n, pc, byteSelect) && linkMatches(cpu, control, isLinked);
    default:
      // One that is to be linked to is no event by itself.
      return !isLinked && comparesContext(n) && contextTypeMatches(cpu, n, type) === true;
  }
}

/** Whether a breakpoint is met at an address. */
export function meetsBreakpoint(cpu: PeState, pc: bigint): boolean {
  for (let n = 0; n < BREAKPOINTS; n++) if (breakpointMatches(cpu, n, pc)) return true;
  return false;
}

/** Whether the address is a vector of EL1 in AArch32 that DBGVCR catches: by address, as the Cortex-A15 does (DBGDEVID.VectorCatch). */
export function meetsVectorCatch(cpu: PeState, pc: bigint): boolean {
  const caught = cpu.get32(sys.DBGVCR32_EL2);
  if (caught === 0 || !inAarch32Regime(cpu) || cpu.get32(cells.CURRENT_EL) === 2) return false;
  const isHigh = (cpu.get32(sys.SCTLR_EL1) & Sctlr.v) !== 0;
  const offset = Number(pc) - (isHigh ? HIGH_VECTORS : cpu.get32(sys.VBAR_EL1));
  if (offset < 0 || offset >= 32) return false;
  const vectors = cpu.get32(sys.AARCH32_ONLY) !== 0 ? caught >>> NON_SECURE_VECTORS : caught;
  return bit(vectors & CAUGHT_VECTORS, offset >>> 2) === 1;
}

/** Whether watchpoint `n` watches the byte at `address` (WatchpointByteMatch). */
function watchesByte(cpu: PeState, n: number, address: bigint): boolean {
  const control = cpu.get32(DBGWCR + 8 * n);
  const value = cpu.get64(DBGWVR + 8 * n);
  const bottom = value & 4n ? 2 : 3;
  const byteSelect = bits(control, 12, 5);
  if (bit(byteSelect, Number(address & BigInt((1 << bottom) - 1))) === 0) return false;
  const shift = BigInt(Math.max(bits(control, 28, 24), bottom));
  return BigInt.asUintN(49, value) >> shift === BigInt.asUintN(49, address) >> shift;
}

/** The lowest byte of a data access of so many bytes, by code of level `el`, that a watchpoint watches; null where none does. */
export function watchedByte(cpu: PeState, va: bigint, size: number, write: boolean, el: number): bigint | null {
  for (let n = 0; n < WATCHPOINTS; n++) {
    const control = cpu.get32(DBGWCR + 8 * n);
    if (bit(control, 0) === 0 || !levelMatches(control, el)) continue;
    if ((bits(control, 4, 3) & (write ? 2 : 1)) === 0) continue;
    if (!linkMatches(cpu, control, bit(control, 20) === 1)) continue;
    for (let i = 0; i < size; i++) {
      const address = BigInt.asUintN(64, va + BigInt(i));
      if (watchesByte(cpu, n, address)) return address;
    }
  }
  return null;
}
