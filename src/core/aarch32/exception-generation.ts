import { RETURN_WITH_CPSR } from '../exception/aarch32-return.ts';
import { levelOfMode } from '../exception/modes.ts';
import { Hstr } from '../fields/coprocessor-access.ts';
import { Hcr } from '../fields/hcr.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';
import { sys } from '../state/system-cells.ts';
import { loadWords, storeWords } from './memory.ts';
import { Aarch32Call, askRuntime, bankedOperand, giveRuntime } from './runtime.ts';

// Exception generation and return. Arm ARM DDI 0406C, B9.3.

const SP = 13;
const LR = 14;

export const svc = (ir: Builder32, imm16: number): Flow => ir.exception(ExceptionCall.svc, imm16);
export const bkpt = (ir: Builder32, imm16: number): Flow => ir.exception(ExceptionCall.brk, imm16);

export function hvc(ir: Builder32, imm16: number): Flow {
  const { el, hcr } = ir.config;
  return el === 0 || hcr & Hcr.hcd ? ir.undefined() : ir.exception(ExceptionCall.hvc, imm16);
}

/** There is no EL3 to call. */
export function smc(ir: Builder32): Flow {
  const { el, hcr } = ir.config;
  return el === 1 && hcr & Hcr.tsc ? ir.exception(ExceptionCall.trap, 2) : ir.undefined();
}

/** Jazelle is trivial: BXJ is BX. */
export function bxj(ir: Builder32, m: number): Flow {
  if (m === 15) return ir.undefined();
  return ir.config.hstr & Hstr.tjdbx ? ir.exception(ExceptionCall.trap, 2) : ir.bxWritePc(ir.r(m));
}

/** ERET: from ELR_hyp in Hyp mode, which the run time takes; elsewhere as SUBS PC, LR, #0. */
export function eret(ir: Builder32): Flow {
  if (ir.config.el === 0) return ir.undefined();
  return ir.exceptionReturn(ir.config.el === 2 ? ir.cell32(sys.ELR_EL2) : ir.r(LR));
}
/** SUBS PC, LR, #imm8 of T32. */
export function subsPcLr(ir: Builder32, imm8: number): Flow {
  if (imm8 === 0) return eret(ir);
  return ir.config.el === 1 ? ir.exceptionReturn(ir.sub(ir.r(LR), ir.i32(imm8))) : ir.undefined();
}

/** SRS and RFE: before the block or behind it (P), up or down (U), write back (W). */
export interface Pair {
  readonly p: number;
  readonly u: number;
  readonly w: number;
}
const PAIR_BYTES = 8;

/** The lower address of the two words, and the base behind them. */
function placeOf(ir: Builder32, { p, u }: Pair, base: I32): { readonly start: I32; readonly after: I32 } {
  const offset = (u ? 0 : -PAIR_BYTES) + (p === u ? 4 : 0);
  return { start: ir.add(base, ir.i32(offset)), after: ir.add(base, ir.i32(u ? PAIR_BYTES : -PAIR_BYTES)) };
}

/** LR and SPSR go to the stack of a mode. UNDEFINED in Hyp mode, and here where it is UNPREDICTABLE. */
export function srs(ir: Builder32, f: Pair & { readonly m: number }): Flow {
  const level = (f.m & 0x10) === 0 ? -1 : levelOfMode(f.m);
  if (ir.config.el !== 1 || level < 0 || level === 2) return ir.undefined();
  const stack = bankedOperand(f.m, SP);
  const base = askRuntime(ir, Aarch32Call.readBanked, stack);
  const spsr = askRuntime(ir, Aarch32Call.readSpsr, 0);
  const { start, after } = placeOf(ir, f, base);
  storeWords(ir, start, [ir.r(LR), spsr]);
  if (f.w) giveRuntime(ir, Aarch32Call.writeBanked, stack, after);
  return 'next';
}

/** PC and CPSR come from memory. */
export function rfe(ir: Builder32, f: Pair & { readonly n: number }): Flow {
  if (ir.config.el !== 1 || f.n === 15) return ir.undefined();
  const { start, after } = placeOf(ir, f, ir.r(f.n));
  const [pc, cpsr] = loadWords(ir, start, 2) as [I32, I32];
  if (f.w) ir.setR(f.n, after);
  ir.setCell32(cells.ARG_VALUE, pc);
  ir.setCell32(cells.ARG_VALUE + 4, cpsr);
  return ir.exitAt(ExitReason.eret, RETURN_WITH_CPSR);
}
