import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { openMonitor } from '../lifting/exclusive-monitor.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { sendEvent } from '../system/lift-event.ts';
import { wfeTrap, wfiTrap } from '../system/operations.ts';
import { Aarch32Call, callRuntime, waitOperand } from './runtime.ts';

/** Hints by number: NOP, YIELD, DBG and what is not named do nothing. Arm ARM DDI 0406C, A5.2.11, A6.2.10. */
const WFE = 2;
const WFI = 3;
const SEV = 4;
/** Operands of EXIT_ARGUMENT for ExitReason.wait. */
const WAIT_INTERRUPT = 0;
const WAIT_EVENT = 1;

/** Which encoding a hint has, as the syndrome of a trap tells: its A32 condition, or whether it has 16 bits. */
export interface Encoding {
  readonly cond: number;
  readonly narrow: boolean;
}

function wait(ir: Builder32, isWfe: boolean, encoding: Encoding): Flow {
  const verdict = (isWfe ? wfeTrap : wfiTrap)(ir.config, false);
  if (verdict === 1 || verdict === 2)
    callRuntime(ir, Aarch32Call.wait, waitOperand({ target: verdict, isWfe, ...encoding }));
  if (!isWfe) return ir.exitAfter(ExitReason.wait, WAIT_INTERRUPT);
  ir.setCell32(cells.EVENT_REGISTER, ir.i32(0));
  return ir.exitAfter(ExitReason.wait, WAIT_EVENT);
}

export function hint(ir: Builder32, number: number, encoding: Encoding): Flow {
  if (number === WFE || number === WFI) return wait(ir, number === WFE, encoding);
  if (number === SEV) sendEvent(ir);
  return 'next';
}

export function clrex(ir: Builder32): Flow {
  openMonitor(ir);
  return 'next';
}
/** DSB and DMB: memory accesses happen in program order. */
export const dataBarrier = (): Flow => 'next';
/** Whatever changes what is fetched next fetches it anew by itself: writes of registers, TLB maintenance, stores to code. */
export const instructionBarrier = (): Flow => 'next';
