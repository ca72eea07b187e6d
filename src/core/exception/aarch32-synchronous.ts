import { Cptr } from '../fields/coprocessor-access.ts';
import { Mdcr, Mdscr, Moe } from '../fields/debug.ts';
import { AbortIss, Ec } from '../fields/esr.ts';
import { Fault, type FaultStatus } from '../fields/fault-status.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { conditionIss, fpAccessIss32, transferOf, trapSyndrome } from './aarch32-syndrome.ts';
import { accessBits, faultStatusRegister } from './fault-status.ts';
import { usesAarch32, viewOf } from './modes.ts';
import { defaultTarget, trapTarget } from './target.ts';

// Synchronous exceptions of AArch32 code, whatever state the level that takes them uses.

/** ISS.TI of WFE. */
const TI_WFE = 1;

const sync = (target: 1 | 2, ec: Ec, iss: number, returnOffset = 0): Exception => ({
  kind: 'sync',
  target,
  ec,
  iss,
  returnOffset,
});
/** Marks an exception of a 16-bit instruction. */
const sized = (exception: Exception, isNarrow: boolean): Exception =>
  isNarrow ? { ...exception, narrow: true } : exception;

export const undefined32 = (cpu: PeState): Exception => sync(defaultTarget(cpu), Ec.unknown, 0);

/** Registers in a syndrome: AArch64 is told by which X register it knows them. */
const viewFor = (cpu: PeState, target: 1 | 2): ((n: number) => number) => {
  if (usesAarch32(cpu, target)) return (n) => n;
  const mode = cpu.get32(cells.AARCH32_MODE);
  return (n) => viewOf(mode, n);
};
const condition = (cpu: PeState, word: number): number => conditionIss(word, cpu.thumb, cpu.get32(cells.ITSTATE));
const isNarrow = (cpu: PeState, word: number): boolean => cpu.thumb && word >>> 16 === 0;

/** A trap of the system instruction `word` by a control of level `wanted`. EL1 in AArch32 has none but Undefined Instruction. */
export function trap32(cpu: PeState, wanted: 1 | 2, word: number): Exception {
  const target = trapTarget(cpu, wanted);
  if (target === 1 && usesAarch32(cpu, 1)) return undefined32(cpu);
  const { ec, iss } = trapSyndrome(word, cpu.thumb, viewFor(cpu, target));
  // HSR of ARMv7 tells nothing of an SMC.
  const cond = ec === Ec.smc32 && usesAarch32(cpu, target) ? 0 : condition(cpu, word);
  return sized(sync(target, ec, cond | iss), isNarrow(cpu, word));
}
/** A trapped WFI or WFE. */
export function waitTrap32(cpu: PeState, wanted: 1 | 2, isWfe: boolean, word: number): Exception {
  const target = trapTarget(cpu, wanted);
  if (target === 1 && usesAarch32(cpu, 1)) return undefined32(cpu);
  return sized(sync(target, Ec.wfx, condition(cpu, word) | (isWfe ? TI_WFE : 0)), isNarrow(cpu, word));
}

export function svc32(cpu: PeState, imm16: number): Exception {
  return sized(sync(defaultTarget(cpu), Ec.svc32, imm16, cpu.thumb ? 2 : 4), cpu.thumb);
}
export const hvc32 = (imm16: number): Exception => sync(2, Ec.hvc32, imm16, 4);

/** Of what CPACR refuses, EL1 in AArch32 takes an Undefined Instruction exception. */
export function fpAccess32(cpu: PeState, wanted: 1 | 2, word: number): Exception {
  if (wanted === 1 && (defaultTarget(cpu) === 2 || usesAarch32(cpu, 1))) return undefined32(cpu);
  const isSimdOnly = (cpu.get32(sys.CPTR_EL2) & Cptr.tcp10) === 0;
  const detail = usesAarch32(cpu, wanted) ? fpAccessIss32(isSimdOnly) : 0;
  return sync(wanted, Ec.fpAccess, condition(cpu, word) | detail);
}

/** BKPT: a debug exception, which AArch32 takes as a prefetch abort. */
export function breakpoint32(cpu: PeState, comment: number): Exception {
  const target = cpu.get32(sys.MDCR_EL2) & Mdcr.tde ? 2 : defaultTarget(cpu);
  if (!usesAarch32(cpu, target)) return sized(sync(target, Ec.bkpt32, comment), cpu.thumb);
  return debugPrefetchAbort32(cpu, target, Moe.bkpt);
}

const noteEntry = (cpu: PeState, moe: number): void =>
  cpu.set32(sys.MDSCR_EL1, (cpu.get32(sys.MDSCR_EL1) & ~Mdscr.moe) | moe);

/** A debug event of an instruction, taken in AArch32. IFAR is UNKNOWN, and stays. Arm ARM DDI 0406C, C4.2. */
export function debugPrefetchAbort32(cpu: PeState, target: 1 | 2, moe: number): Exception {
  noteEntry(cpu, moe);
  return prefetchAbort(cpu, target, Fault.debug);
}
/** A watchpoint, taken in AArch32: a data abort with the address, since watchpoints are synchronous. */
export function debugDataAbort32(cpu: PeState, target: 1 | 2, write: boolean, cm: boolean, far: bigint): Exception {
  noteEntry(cpu, Moe.watchpoint);
  const ec = target === cpu.get32(cells.CURRENT_EL) ? Ec.dabtCurrent : Ec.dabtLow;
  const iss = Fault.debug.long | (write ? AbortIss.wnr : 0) | (cm ? AbortIss.cm : 0);
  return { ...sync(target, ec, iss), far, fsr: faultStatusRegister(cpu, Fault.debug, 0, accessBits(write, cm)) };
}

function prefetchAbort(cpu: PeState, target: 1 | 2, fault: FaultStatus, far?: bigint): Exception {
  const ec = target === cpu.get32(cells.CURRENT_EL) ? Ec.iabtCurrent : Ec.iabtLow;
  const exception = { ...sync(target, ec, fault.long), fsr: faultStatusRegister(cpu, fault) };
  return far === undefined ? exception : { ...exception, far };
}

/** A32 at an address that is no multiple of 4: AArch32 has no class of its own for that. */
export function pcAlignment32(cpu: PeState): Exception {
  const target = defaultTarget(cpu);
  if (!usesAarch32(cpu, target)) return { ...sync(target, Ec.pcAlignment, 0), far: cpu.pc };
  return prefetchAbort(cpu, target, Fault.alignment, cpu.pc);
}

/** ISV and what goes with it, and whether the instruction has 16 bits. */
export function transferIss32(
  cpu: PeState,
  target: 1 | 2,
  word: number,
): { readonly iss: number; readonly narrow: boolean } {
  const transfer = transferOf(word, cpu.thumb);
  if (transfer === null) return { iss: 0, narrow: false };
  const { size, signed, rt } = transfer;
  const view = viewFor(cpu, target)(rt);
  const iss = AbortIss.isv | (size << AbortIss.sasShift) | (signed ? AbortIss.sse : 0) | (view << AbortIss.srtShift);
  return { iss, narrow: isNarrow(cpu, word) };
}

/** DFSR or IFSR of an abort. */
export const abortFsr = (
  cpu: PeState,
  fault: FaultStatus,
  domain: number,
  execute: boolean,
  write: boolean,
  cm: boolean,
): number => faultStatusRegister(cpu, fault, domain, execute ? 0 : accessBits(write, cm));
