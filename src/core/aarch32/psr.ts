import { PsrField, psrFieldBits } from '../exception/cpsr.ts';
import { spsrCell } from '../exception/modes.ts';
import { Cpsr, Mode } from '../fields/psr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { sys } from '../state/system-cells.ts';
import { leaveIfInterrupted } from '../system/registers/pstate.ts';
import { Aarch32Call, askRuntime, bankedOperand, callRuntime, giveRuntime } from './runtime.ts';

/** What MRS shows of CPSR: all but execution state. Arm ARM DDI 0406C, B9.3.8. */
const SHOWN = 0xf8ff_03df;
const NZCV = 0xf000_0000;

const orAll = (ir: Builder32, values: readonly I32[]): I32 => values.reduce((a, b) => ir.or(a, b));

function readCpsr(ir: Builder32): I32 {
  const masks = ir.and(ir.cell32(cells.DAIF), ir.i32(Cpsr.aif));
  const cellsOf = [cells.CPSR_Q, cells.CPSR_GE, cells.CPSR_E, cells.AARCH32_MODE].map((at) => ir.cell32(at));
  return ir.and(orAll(ir, [ir.nzcv(), ...cellsOf, masks]), ir.i32(SHOWN));
}

/** MRS. User mode has no SPSR, which is UNPREDICTABLE: UNDEFINED here. */
export function mrs(ir: Builder32, d: number, isSpsr: boolean): Flow {
  if (d === 15 || (isSpsr && ir.config.el === 0)) return ir.undefined();
  ir.setR(d, isSpsr ? askRuntime(ir, Aarch32Call.readSpsr, 0) : readCpsr(ir));
  return 'next';
}

/** MSR: the fields are bits 19:16 of the A32 encoding. */
export function msr(ir: Builder32, value: I32, fields: number, isSpsr: boolean): Flow {
  if (!isSpsr) return msrCpsr(ir, value, fields);
  if (ir.config.el === 0) return ir.undefined();
  giveRuntime(ir, Aarch32Call.writeSpsr, fields, value);
  return 'next';
}

/** A change of mode or of CPSR.E is the run time's; else flags and masks are written here. */
function msrCpsr(ir: Builder32, value: I32, fields: number): Flow {
  const { el, bigEndian } = ir.config;
  const changes: I32[] = [];
  if (el > 0 && fields & PsrField.c) changes.push(ir.and(ir.xor(value, ir.cell32(cells.AARCH32_MODE)), ir.i32(Cpsr.m)));
  if (fields & PsrField.x) changes.push(ir.and(ir.xor(value, ir.i32(bigEndian ? Cpsr.e : 0)), ir.i32(Cpsr.e)));
  if (changes.length > 0)
    ir.conditional(orAll(ir, changes), () => {
      giveRuntime(ir, Aarch32Call.writeCpsr, fields, value);
      return ir.exitAfter(ExitReason.reconsider);
    });
  if (fields & PsrField.f) {
    ir.setNzcv(ir.and(value, ir.i32(NZCV)));
    ir.setCell32(cells.CPSR_Q, ir.and(value, ir.i32(Cpsr.q)));
  }
  if (fields & PsrField.s) ir.setCell32(cells.CPSR_GE, ir.and(value, ir.i32(Cpsr.ge)));
  const masks = el === 0 ? 0 : psrFieldBits(fields) & Cpsr.aif;
  if (masks !== 0) {
    const kept = ir.and(ir.cell32(cells.DAIF), ir.i32(~masks));
    ir.setCell32(cells.DAIF, ir.or(kept, ir.and(value, ir.i32(masks))));
    leaveIfInterrupted(ir);
  }
  return 'next';
}

/** CPS: `imod` 2 clears the masks, 3 sets them; `mode` is null where it stays. No effect in user mode. */
export function cps(ir: Builder32, imod: number, aif: number, mode: number | null): Flow {
  if (imod === 1) return ir.undefined();
  if (ir.config.el === 0) return 'next';
  const masks = aif << 6;
  const old = ir.cell32(cells.DAIF);
  if (imod === 2) ir.setCell32(cells.DAIF, ir.and(old, ir.i32(~masks)));
  if (imod === 3) ir.setCell32(cells.DAIF, ir.or(old, ir.i32(masks)));
  if (mode !== null) {
    callRuntime(ir, Aarch32Call.writeMode, mode);
    return ir.exitAfter(ExitReason.reconsider);
  }
  if (imod === 2) leaveIfInterrupted(ir);
  return 'next';
}

/** SETEND, which ARMv8's SCTLR.SED disables. */
export function setend(ir: Builder32, bigEndian: boolean): Flow {
  if (ir.config.sctlr & Sctlr.sed) return ir.undefined();
  if (bigEndian === ir.config.bigEndian) return 'next';
  ir.setCell32(cells.CPSR_E, ir.i32(bigEndian ? Cpsr.e : 0));
  callRuntime(ir, Aarch32Call.endiannessChanged, 0);
  return ir.exitAfter(ExitReason.reconsider);
}

/** A register that MRS and MSR (banked register) name by R and SYSm: one of a mode, or the cell of a special one. */
type Banked = { readonly mode: Mode; readonly n: number } | { readonly cell: number };

/** Modes by SYSm[4:1] from 0b1000 on, each with LR, then SP; then come Monitor mode's and Hyp mode's. Arm ARM DDI 0406C, B9.2.3. */
const pairedModes: readonly Mode[] = [Mode.irq, Mode.svc, Mode.abt, Mode.und];
const SYSM_PAIRED = 0x10;
const SYSM_FIQ_SPSR = 0x0e;
const SYSM_ELR_HYP = 0x1e;

function bankedRegister(isSpsr: boolean, sysm: number): Banked | null {
  const isPaired = sysm >= SYSM_PAIRED;
  const mode = isPaired ? pairedModes[(sysm - SYSM_PAIRED) >>> 1] : sysm & 8 ? Mode.fiq : Mode.usr;
  if (mode === undefined) return null;
  if (isSpsr) {
    const cell = spsrCell(mode);
    const isNamed = isPaired ? (sysm & 1) === 0 : sysm === SYSM_FIQ_SPSR;
    return cell !== null && isNamed ? { cell } : null;
  }
  if (isPaired) return { mode, n: sysm & 1 ? 13 : 14 };
  return (sysm & 7) === 7 ? null : { mode, n: 8 + (sysm & 7) };
}

/**
 * Those that can be named here: ELR_hyp in Hyp mode, its SP and SPSR in Monitor mode alone, and none in user mode. All else is
 * UNPREDICTABLE: UNDEFINED here, but that registers of the current mode may be named too.
 */
function accessible(ir: Builder32, isSpsr: boolean, sysm: number): Banked | null {
  const { el } = ir.config;
  if (el === 0) return null;
  if (!isSpsr && sysm === SYSM_ELR_HYP) return el === 2 ? { cell: sys.ELR_EL2 } : null;
  return bankedRegister(isSpsr, sysm);
}

export function mrsBanked(ir: Builder32, d: number, isSpsr: boolean, sysm: number): Flow {
  const banked = accessible(ir, isSpsr, sysm);
  if (banked === null || d === 15) return ir.undefined();
  const value =
    'cell' in banked
      ? ir.cell32(banked.cell)
      : askRuntime(ir, Aarch32Call.readBanked, bankedOperand(banked.mode, banked.n));
  ir.setR(d, value);
  return 'next';
}

export function msrBanked(ir: Builder32, n: number, isSpsr: boolean, sysm: number): Flow {
  const banked = accessible(ir, isSpsr, sysm);
  if (banked === null || n === 15) return ir.undefined();
  const value = ir.r(n);
  if ('cell' in banked) ir.setCell32(banked.cell, value);
  else giveRuntime(ir, Aarch32Call.writeBanked, bankedOperand(banked.mode, banked.n), value);
  return 'next';
}
