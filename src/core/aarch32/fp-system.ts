import { Fpexc } from '../fields/coprocessor-access.ts';
import { Hcr } from '../fields/hcr.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall } from '../state/codes.ts';
import { coprocessorFile } from '../system/cp15/index.ts';
import { FPCR_MASK, FPSR_MASK } from '../system/fp-registers.ts';
import { Aarch32Call, askRuntime } from './runtime.ts';

// VMRS and VMSR. Arm ARM DDI 0406C, B9.3.21, B9.3.22.

/** Registers by number. */
const FPSID = 0;
const FPSCR = 1;
const FPEXC = 8;
const NZCV = 0xf000_0000;

/** Those that tell what there is, each with the bit of HCR that traps its reading. */
const identification: { readonly [register: number]: { readonly name: string; readonly trap: number } } = {
  [FPSID]: { name: 'FPSID', trap: Hcr.tid0 },
  5: { name: 'MVFR2', trap: Hcr.tid3 },
  6: { name: 'MVFR1', trap: Hcr.tid3 },
  7: { name: 'MVFR0', trap: Hcr.tid3 },
};

/** Ends the block where the register cannot be reached: FPSCR needs FPEXC.EN, all others PL1. */
function refuse(ir: Builder32, register: number): 'end' | null {
  const { el, fpTrap } = ir.config;
  if (register !== FPSCR && el === 0) return ir.undefined();
  if (fpTrap !== 0) return ir.exception(ExceptionCall.fpTrap, fpTrap);
  if (register === FPSCR) ir.checkFpEnabled();
  return null;
}

function read(ir: Builder32, register: number): I32 | 'end' {
  if (register === FPSCR) return ir.or(ir.cell32(cells.FPCR), ir.cell32(cells.FPSR));
  if (register === FPEXC) return ir.cell32(cells.FPEXC);
  const row = identification[register];
  if (row === undefined) return ir.undefined();
  if (ir.config.el === 1 && ir.config.hcr & row.trap) return ir.exception(ExceptionCall.trap, 2);
  return askRuntime(ir, Aarch32Call.readRegister, coprocessorFile.find(row.name));
}

/** To R15: the flags of FPSCR become those of APSR. */
export function vmrs(ir: Builder32, register: number, t: number): Flow {
  const refused = refuse(ir, register);
  if (refused !== null) return refused;
  if (t === 15 && register !== FPSCR) return ir.undefined();
  const value = read(ir, register);
  if (value === 'end') return value;
  if (t === 15) ir.setNzcv(ir.and(value, ir.i32(NZCV)));
  else ir.setR(t, value);
  return 'next';
}

export function vmsr(ir: Builder32, register: number, t: number): Flow {
  const refused = refuse(ir, register);
  if (refused !== null) return refused;
  if (t === 15) return ir.undefined();
  const value = ir.r(t);
  switch (register) {
    case FPSID:
      return 'next';
    case FPSCR:
      ir.setCell32(cells.FPCR, ir.and(value, ir.i32(FPCR_MASK)));
      ir.setCell32(cells.FPSR, ir.and(value, ir.i32(FPSR_MASK)));
      return 'next';
    case FPEXC: {
      const rest = ir.and(ir.cell32(cells.FPEXC), ir.i32(~Fpexc.en));
      ir.setCell32(cells.FPEXC, ir.or(rest, ir.and(value, ir.i32(Fpexc.en))));
      return 'next';
    }
    default:
      return ir.undefined();
  }
}
