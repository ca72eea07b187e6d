import { Mode } from '../fields/psr.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';

/** FIQ mode has R8 to R14 of its own, the others R13 and R14, User and System mode none. Arm ARM DDI 0406C, B1.3.2. */
const FIRST_BANKED = 8;
const FIRST_BANKED_ELSEWHERE = 13;

const userCell = (n: number): number => cells.R_USR + 4 * (n - FIRST_BANKED);

/** The current mode has its own Rn, and the user's waits in its cell: 0 or 1. */
function isBanked(ir: Builder32, n: number): I32 {
  const mode = ir.cell32(cells.AARCH32_MODE);
  const is = (m: number): I32 => ir.compare('eq', mode, ir.i32(m));
  return n < FIRST_BANKED_ELSEWHERE ? is(Mode.fiq) : ir.isZero(ir.or(is(Mode.usr), is(Mode.sys)));
}

/** Rn of user mode, in any mode at PL1. */
export function userRegister(ir: Builder32, n: number): I32 {
  if (n < FIRST_BANKED) return ir.r(n);
  return ir.select(isBanked(ir, n), ir.cell32(userCell(n)), ir.r(n));
}

export function setUserRegister(ir: Builder32, n: number, value: I32): void {
  if (n < FIRST_BANKED) {
    ir.setR(n, value);
    return;
  }
  const banked = isBanked(ir, n);
  ir.setCell32(userCell(n), ir.select(banked, value, ir.cell32(userCell(n))));
  ir.setR(n, ir.select(banked, ir.r(n), value));
}
