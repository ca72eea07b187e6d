import { Cpsr, Mode, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { levelOfMode, selectMode } from './modes.ts';
import { writeNzcv } from './pstate.ts';

/** Fields that MSR can name: a byte of the PSR each. Arm ARM DDI 0406C, B9.3.9. */
export const PsrField = { c: 1, x: 2, s: 4, f: 8 } as const;

/** The bits of the bytes that a field mask names. */
export const psrFieldBits = (fields: number): number =>
  ((fields & PsrField.f ? 0xff00_0000 : 0) |
    (fields & PsrField.s ? 0xff_0000 : 0) |
    (fields & PsrField.x ? 0xff00 : 0) |
    (fields & PsrField.c ? 0xff : 0)) >>>
  0;

/**
 * Changes the mode by MSR or CPS. What ARMv7 leaves UNPREDICTABLE (modes that do not exist, ways into and out of Hyp mode) is as
 * in ARMv8: the mode stays and PSTATE.IL is set (DDI 0487, AArch32.WriteModeByInstr).
 */
export function writeMode(cpu: PeState, mode: number): void {
  const from = cpu.get32(cells.AARCH32_MODE);
  if (mode === from) return;
  const level = levelOfMode(mode);
  const isLegal = (mode & 0x10) !== 0 && level >= 0 && level <= cpu.get32(cells.CURRENT_EL) && from !== Mode.hyp;
  if (isLegal) selectMode(cpu, mode);
  else cpu.set32(cells.PSTATE_SS_IL, cpu.get32(cells.PSTATE_SS_IL) | Pstate.il);
  cpu.configStale = true;
}

/** SETEND, and what sets CPSR.E otherwise. */
export function writeEndianness(cpu: PeState, psr: number): void {
  const e = psr & Cpsr.e;
  if (e === cpu.get32(cells.CPSR_E)) return;
  cpu.set32(cells.CPSR_E, e);
  cpu.configStale = true;
}

/** MSR to CPSR (CPSRWriteByInstr of DDI 0406C, not of an exception return): execution state stays. */
export function writeCpsr(cpu: PeState, value: number, fields: number): void {
  const privileged = cpu.get32(cells.CURRENT_EL) !== 0;
  if (fields & PsrField.f) {
    writeNzcv(cpu, value);
    cpu.set32(cells.CPSR_Q, value & Cpsr.q);
  }
  if (fields & PsrField.s) cpu.set32(cells.CPSR_GE, value & Cpsr.ge);
  if (fields & PsrField.x) writeEndianness(cpu, value);
  if (!privileged) return;
  const masks = psrFieldBits(fields) & Cpsr.aif;
  cpu.set32(cells.DAIF, (cpu.get32(cells.DAIF) & ~masks) | (value & masks));
  if (fields & PsrField.c) writeMode(cpu, value & Cpsr.m);
}
