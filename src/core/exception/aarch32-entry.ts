import { Ec, ESR_IL } from '../fields/esr.ts';
import { Fault } from '../fields/fault-status.ts';
import { Cpsr, Mode } from '../fields/psr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';
import { faultStatusRegister } from './fault-status.ts';
import { setHpfar } from './hpfar.ts';
import { selectMode, spsrCell } from './modes.ts';
import { jumpTo32, readCpsr } from './pstate.ts';

/** How EL1 takes a kind of exception. Arm ARM DDI 0406C, tables B1-3, B1-4 and B1-7. */
interface Entry {
  readonly vector: number;
  readonly mode: Mode;
  /** What LR is ahead of the preferred return address by, in A32 and in T32: of SVC, ahead of the instruction itself. */
  readonly link: readonly [a32: number, t32: number];
  readonly masks: number;
}
const undefinedEntry: Entry = { vector: 0x04, mode: Mode.und, link: [4, 2], masks: Cpsr.i };
const svcEntry: Entry = { vector: 0x08, mode: Mode.svc, link: [4, 2], masks: Cpsr.i };
const prefetchAbortEntry: Entry = { vector: 0x0c, mode: Mode.abt, link: [4, 4], masks: Cpsr.i | Cpsr.a };
const dataAbortEntry: Entry = { vector: 0x10, mode: Mode.abt, link: [8, 8], masks: Cpsr.i | Cpsr.a };
const irqEntry: Entry = { vector: 0x18, mode: Mode.irq, link: [4, 4], masks: Cpsr.i | Cpsr.a };
const fiqEntry: Entry = { vector: 0x1c, mode: Mode.fiq, link: [4, 4], masks: Cpsr.aif };

/** By class; everything else is an Undefined Instruction exception. */
const entriesByClass: { readonly [ec: number]: Entry } = {
  [Ec.svc32]: svcEntry,
  // In Hyp mode it has the vector that SVC has at EL1.
  [Ec.hvc32]: svcEntry,
  [Ec.iabtLow]: prefetchAbortEntry,
  [Ec.iabtCurrent]: prefetchAbortEntry,
  [Ec.dabtLow]: dataAbortEntry,
  [Ec.dabtCurrent]: dataAbortEntry,
};
function entryOf({ kind, ec }: Exception): Entry {
  if (kind === 'irq') return irqEntry;
  if (kind === 'fiq') return fiqEntry;
  if (kind === 'serror') return dataAbortEntry;
  return entriesByClass[ec] ?? undefinedEntry;
}

/** Vector of exceptions that a lower level takes to Hyp mode, interrupts apart. */
const HYP_TRAP_VECTOR = 0x14;
const HIGH_VECTORS = 0xffff_0000;

const preferredReturn = (cpu: PeState): number => cpu.get32(cells.PC_BASE) + (cpu.get32(cells.PC_OFFSET) & ~1);

/** What CPSR has behind any entry, by the controls of the target level. */
function enter(cpu: PeState, mode: Mode, masks: number, sctlr: number, vector: number): void {
  selectMode(cpu, mode);
  cpu.set32(cells.DAIF, (cpu.get32(cells.DAIF) & Cpsr.aif) | masks);
  cpu.set32(cells.ITSTATE, 0);
  cpu.set32(cells.CPSR_E, sctlr & Sctlr.ee ? Cpsr.e : 0);
  jumpTo32(cpu, vector, (sctlr & Sctlr.te) !== 0);
}

/** Takes an exception to EL1 in AArch32: to the mode of its kind. */
export function enterEl1(cpu: PeState, exception: Exception): void {
  const entry = entryOf(exception);
  const cpsr = readCpsr(cpu);
  const link = preferredReturn(cpu) + entry.link[cpsr & Cpsr.t ? 1 : 0];
  noteFault(cpu, entry, exception);
  const sctlr = cpu.get32(sys.SCTLR_EL1);
  const base = sctlr & Sctlr.v ? HIGH_VECTORS : cpu.get32(sys.VBAR_EL1);
  enter(cpu, entry.mode, entry.masks, sctlr, (base + entry.vector) >>> 0);
  cpu.set32(cells.X + 8 * 14, link >>> 0);
  cpu.set32(spsrCell(entry.mode) as number, cpsr);
}

/** DFSR and DFAR, IFSR and IFAR; what is UNKNOWN stays. */
function noteFault(cpu: PeState, entry: Entry, { kind, fsr, far }: Exception): void {
  const isData = entry === dataAbortEntry;
  if (kind === 'serror') cpu.set32(sys.ESR_EL1, faultStatusRegister(cpu, Fault.asynchronousExternal));
  if (fsr !== undefined) cpu.set32(isData ? sys.ESR_EL1 : sys.IFSR32_EL2, fsr);
  if (far !== undefined) cpu.set32(isData ? sys.FAR_EL1 : sys.FAR_EL1 + 4, Number(far));
}

/** Takes an exception to Hyp mode (EnterHypMode of DDI 0406C). */
export function enterHyp(cpu: PeState, exception: Exception): void {
  const { kind, ec, iss, far, ipa, narrow, returnOffset } = exception;
  const from = cpu.get32(cells.CURRENT_EL);
  const entry = entryOf(exception);
  const isInterrupt = kind === 'irq' || kind === 'fiq';
  const vector = from === 2 || isInterrupt ? entry.vector : HYP_TRAP_VECTOR;
  cpu.set32(sys.SPSR_EL2, readCpsr(cpu));
  cpu.set32(sys.ELR_EL2, (preferredReturn(cpu) + returnOffset) >>> 0);
  if (kind === 'sync') cpu.set32(sys.ESR_EL2, (ec << 26) | (narrow ? 0 : ESR_IL) | iss);
  else if (kind === 'serror') {
    const dataAbort = from === 2 ? Ec.dabtCurrent : Ec.dabtLow;
    cpu.set32(sys.ESR_EL2, (dataAbort << 26) | ESR_IL | Fault.asynchronousExternal.long);
  }
  if (far !== undefined) cpu.set32(entry === dataAbortEntry ? sys.FAR_EL2 : sys.FAR_EL2 + 4, Number(far));
  if (ipa !== undefined) setHpfar(cpu, ipa);
  enter(cpu, Mode.hyp, Cpsr.aif, cpu.get32(sys.SCTLR_EL2), (cpu.get32(sys.VBAR_EL2) + vector) >>> 0);
}
