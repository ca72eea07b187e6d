import { Cpsr, nextIt, Pstate, psrOfIt } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { FlagsKind, FlagsOver } from '../state/codes.ts';
import type { CellReader, PeState } from '../state/pe-state.ts';

const packed = (n: boolean, z: boolean, c: boolean, v: boolean): number =>
  ((n ? 0x8000_0000 : 0) | (z ? 0x4000_0000 : 0) | (c ? 0x2000_0000 : 0) | (v ? 0x1000_0000 : 0)) >>> 0;

/** NZCV in bits 31:28, from the lazy cells. */
export function readNzcv(cpu: CellReader): number {
  const kind = cpu.get32(cells.FLAGS_KIND);
  let nzcv = nzcvByKind(cpu, kind & 7);
  if (kind & FlagsOver.nz) {
    const nz = cpu.get32(cells.FLAGS_NZ);
    nzcv = (nzcv & 0x3fff_ffff) | packed(nz >>> 31 === 1, nz === 0, false, false);
  }
  if (kind & FlagsOver.c) nzcv = (nzcv & 0xdfff_ffff) | (cpu.get32(cells.FLAGS_C) << 29);
  return nzcv >>> 0;
}

/** In halves, so that no bigint is made. */
function nzcvByKind(cpu: CellReader, kind: number): number {
  const a = cpu.get32(cells.FLAGS_A);
  if (kind === FlagsKind.literal) return a;
  const aHigh = cpu.get32(cells.FLAGS_A + 4);
  const b = cpu.get32(cells.FLAGS_B);
  const bHigh = cpu.get32(cells.FLAGS_B + 4);
  switch (kind) {
    case FlagsKind.add32: {
      const r = (a + b) >>> 0;
      return packed(r >>> 31 === 1, r === 0, r < a, ((a ^ r) & (b ^ r)) < 0);
    }
    case FlagsKind.add64: {
      const low = a + b;
      const high = aHigh + bHigh + (low > 0xffff_ffff ? 1 : 0);
      const r = high >>> 0;
      const zero = low >>> 0 === 0 && r === 0;
      return packed(r >>> 31 === 1, zero, high > 0xffff_ffff, ((aHigh ^ r) & (bHigh ^ r)) < 0);
    }
    case FlagsKind.sub32: {
      const r = (a - b) >>> 0;
      return packed(r >>> 31 === 1, r === 0, a >= b, ((a ^ b) & (a ^ r)) < 0);
    }
    case FlagsKind.sub64: {
      const r = (aHigh - bHigh - (a < b ? 1 : 0)) >>> 0;
      const carry = aHigh > bHigh || (aHigh === bHigh && a >= b);
      return packed(r >>> 31 === 1, a === b && aHigh === bHigh, carry, ((aHigh ^ bHigh) & (aHigh ^ r)) < 0);
    }
    case FlagsKind.logic32:
      return packed(a >>> 31 === 1, a === 0, false, false);
    default:
      return packed(aHigh >>> 31 === 1, a === 0 && aHigh === 0, false, false);
  }
}

/** Sets NZCV from bits 31:28 of `value`; the other bits are ignored. */
export function writeNzcv(cpu: PeState, value: number): void {
  cpu.set32(cells.FLAGS_KIND, FlagsKind.literal);
  cpu.set32(cells.FLAGS_A, value & Pstate.nzcv);
  cpu.set32(cells.FLAGS_A + 4, 0);
}

/** ITAdvance. A2.5.2. */
export function advanceIt(cpu: PeState): void {
  const it = cpu.get32(cells.ITSTATE);
  if (it !== 0) cpu.set32(cells.ITSTATE, nextIt(it));
}

/** CPSR with all its fields, as an exception saves it from AArch32 state. */
export function readCpsr(cpu: CellReader): number {
  return (
    (readNzcv(cpu) |
      cpu.get32(cells.CPSR_Q) |
      psrOfIt(cpu.get32(cells.ITSTATE)) |
      cpu.get32(cells.PSTATE_SS_IL) |
      cpu.get32(cells.CPSR_GE) |
      cpu.get32(cells.CPSR_E) |
      (cpu.get32(cells.DAIF) & Cpsr.aif) |
      (cpu.get32(cells.PC_OFFSET) & 1 ? Cpsr.t : 0) |
      cpu.get32(cells.AARCH32_MODE)) >>>
    0
  );
}

/** PSTATE as an exception saves it (GetPSRFromPSTATE). */
export function readSpsr(cpu: CellReader): number {
  if (cpu.get32(cells.AARCH32_MODE) !== 0) return readCpsr(cpu);
  const mode = (cpu.get32(cells.CURRENT_EL) << 2) | cpu.get32(cells.SPSEL);
  return (readNzcv(cpu) | cpu.get32(cells.PSTATE_SS_IL) | cpu.get32(cells.DAIF) | mode) >>> 0;
}

function copy64(cpu: PeState, to: number, from: number): void {
  cpu.set32(to, cpu.get32(from));
  cpu.set32(to + 4, cpu.get32(from + 4));
}

/** Changes level and stack pointer selection: the current SP goes to its bank, the new one comes from its own. */
export function selectLevel(cpu: PeState, el: number, spsel: number): void {
  copy64(cpu, cells.SP_EL + 8 * (cpu.get32(cells.SPSEL) ? cpu.get32(cells.CURRENT_EL) : 0), cells.SP);
  cpu.set32(cells.CURRENT_EL, el);
  cpu.set32(cells.SPSEL, spsel);
  copy64(cpu, cells.SP, cells.SP_EL + 8 * (spsel ? el : 0));
}

/** Sets PC in AArch32 state, with its instruction set: the address is aligned for it. */
export function jumpTo32(cpu: PeState, address: number, thumb: boolean): void {
  const aligned = thumb ? (address & ~1) | 1 : address & ~3;
  cpu.set32(cells.PC_BASE, address & ~0xfff);
  cpu.set32(cells.PC_BASE + 4, 0);
  cpu.set32(cells.PC_OFFSET, aligned & 0xfff);
}

/** Sets PC from halves: to an address plus a small number. */
export function jumpTo(cpu: PeState, low: number, high: number, plus = 0): void {
  const offset = (low & 0xfff) + plus;
  cpu.set32(cells.PC_BASE, low & ~0xfff);
  cpu.set32(cells.PC_BASE + 4, high);
  cpu.set32(cells.PC_OFFSET, offset);
}
