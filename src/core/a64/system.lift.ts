import { must } from '../../base/assert.ts';
import type { Lifters } from '../decode/lift.ts';
import { Hcr } from '../fields/hcr.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { RuntimeCall } from '../ir/ops.ts';
import type { I64 } from '../ir/types.ts';
import { openMonitor } from '../lifting/exclusive-monitor.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';
import { interruptMasks } from '../system/access.ts';
import type { Verdict } from '../system/access-rule.ts';
import { findOperation, findRegister, systemOperations, systemRegisters } from '../system/index.ts';
import { proceed, readRow, refuse, writeRow } from '../system/lift-access.ts';
import { sendEvent } from '../system/lift-event.ts';
import { wfeTrap, wfiTrap } from '../system/operations.ts';
import { leaveIfInterrupted } from '../system/registers/pstate.ts';
import { encodingKey } from '../system/row.ts';
import type { system } from './system.table.ts';

/** op1, CRn, CRm, op2. */
interface SystemFields {
  readonly p: number;
  readonly n: number;
  readonly m: number;
  readonly o: number;
}

/** Operands of EXIT_ARGUMENT for ExitReason.wait. */
const WAIT_INTERRUPT = 0;
const WAIT_EVENT = 1;

/** CRn 11 and 15 are the implementer's: HCR_EL2.TIDCP traps them at EL1, whether they exist or not. */
const isTrappedByTidcp = (ir: Builder, crn: number): boolean =>
  ir.config.el === 1 && (ir.config.hcr & Hcr.tidcp) !== 0 && (crn === 11 || crn === 15);

function readRegister(ir: Builder, f: SystemFields & { readonly q: number }): I64 | Flow {
  if (isTrappedByTidcp(ir, f.n)) return refuse(ir, 2);
  const row = findRegister(encodingKey(2 + f.q, f.p, f.n, f.m, f.o));
  if (row < 0) return ir.undefined();
  const { access, storage } = must(systemRegisters[row], 'system register');
  const verdict = access(ir.config, false);
  if (verdict !== 'ok') return refuse(ir, verdict);
  return readRow(ir, storage, () => ir.runtime(RuntimeCall.systemRead, row));
}

/** Writes the register with this key: by MSR, or by MSR of an immediate. */
function writeRegister(ir: Builder, key: number, value: I64): Flow {
  const row = findRegister(key);
  if (row < 0) return ir.undefined();
  const register = must(systemRegisters[row], 'system register');
  const verdict = register.access(ir.config, true);
  if (verdict !== 'ok') return refuse(ir, verdict);
  return writeRow(ir, register, value, () => ir.runtime(RuntimeCall.systemWrite, row));
}

function runOperation(ir: Builder, row: number, value: I64): void {
  ir.setCell64(cells.ARG_VALUE, value);
  ir.runtime(RuntimeCall.systemOperation, row);
}

function operation(ir: Builder, f: SystemFields & { readonly t: number }): Flow {
  if (isTrappedByTidcp(ir, f.n)) return refuse(ir, 2);
  const row = findOperation(encodingKey(1, f.p, f.n, f.m, f.o));
  if (row < 0) return ir.undefined();
  const { access, operate, afterwards = 'next', lift } = must(systemOperations[row], 'system operation');
  const verdict = access(ir.config, true);
  if (verdict !== 'ok') return refuse(ir, verdict);
  if (lift) return lift(ir, ir.x(f.t));
  if (operate) runOperation(ir, row, ir.x(f.t));
  return proceed(ir, afterwards);
}

const hintKey = (op2: number): number => encodingKey(0, 3, 2, 0, op2);
const HINT_WFE = 2;
const HINT_WFI = 3;
const HINT_SEV = 4;
const HINT_SEVL = 5;

/** WFE and WFI: where a trap is set, the run time finds out whether the CPU would wait. */
function wait(ir: Builder, op2: number, verdict: Verdict): void {
  if (verdict !== 'ok') runOperation(ir, findOperation(hintKey(op2)), ir.i64(verdict === 1 ? 1 : 2));
}

function hint(ir: Builder, crm: number, op2: number): Flow {
  if (crm !== 0) return 'next';
  switch (op2) {
    case HINT_WFE:
      wait(ir, op2, wfeTrap(ir.config, false));
      ir.setCell32(cells.EVENT_REGISTER, ir.i32(0));
      return ir.exitAfter(ExitReason.wait, WAIT_EVENT);
    case HINT_WFI:
      wait(ir, op2, wfiTrap(ir.config, false));
      return ir.exitAfter(ExitReason.wait, WAIT_INTERRUPT);
    case HINT_SEV:
      sendEvent(ir);
      return 'next';
    case HINT_SEVL:
      ir.setCell32(cells.EVENT_REGISTER, ir.i32(1));
      return 'next';
    default:
      // NOP, YIELD, and what later versions of the architecture put in hint space.
      return 'next';
  }
}

const SPSEL = encodingKey(3, 0, 4, 2, 0);
const DAIF_SHIFT = 6;

export const systemLift = {
  SVC: (ir, f) => ir.exception(ExceptionCall.svc, f.i),
  HVC: (ir, f) =>
    ir.config.el === 0 || ir.config.hcr & Hcr.hcd ? ir.undefined() : ir.exception(ExceptionCall.hvc, f.i),
  // There is no EL3 to call.
  SMC: (ir) => (ir.config.el === 1 && ir.config.hcr & Hcr.tsc ? refuse(ir, 2) : ir.undefined()),
  BRK: (ir, f) => ir.exception(ExceptionCall.brk, f.i),
  HLT: (ir) => ir.undefined(),
  // Debug state, which there is none of.
  DCPS1: (ir) => ir.undefined(),
  DCPS2: (ir) => ir.undefined(),
  DCPS3: (ir) => ir.undefined(),
  ERET: (ir) => (ir.config.el === 0 ? ir.undefined() : ir.exitAt(ExitReason.eret)),
  DRPS: (ir) => ir.undefined(),

  HINT: (ir, f) => hint(ir, f.m, f.o),
  CLREX: (ir) => {
    openMonitor(ir);
    return 'next';
  },
  // Memory accesses happen in program order.
  DSB: () => 'next',
  DMB: () => 'next',
  // Whatever changes what is fetched next fetches it anew by itself: writes of registers, TLB maintenance, stores to code.
  ISB: () => 'next',

  MSR_SPSel: (ir, f) => writeRegister(ir, SPSEL, ir.i64(f.m & 1)),
  MSR_DAIFSet: (ir, f) => {
    const verdict = interruptMasks(ir.config, true);
    if (verdict !== 'ok') return refuse(ir, verdict);
    ir.setCell32(cells.DAIF, ir.or(ir.cell32(cells.DAIF), ir.i32(f.m << DAIF_SHIFT)));
    return 'next';
  },
  MSR_DAIFClr: (ir, f) => {
    const verdict = interruptMasks(ir.config, true);
    if (verdict !== 'ok') return refuse(ir, verdict);
    ir.setCell32(cells.DAIF, ir.and(ir.cell32(cells.DAIF), ir.i32(~(f.m << DAIF_SHIFT))));
    leaveIfInterrupted(ir);
    return 'next';
  },

  SYS: (ir, f) => operation(ir, f),
  SYSL: (ir, f) => (isTrappedByTidcp(ir, f.n) ? refuse(ir, 2) : ir.undefined()),
  MSR: (ir, f) =>
    isTrappedByTidcp(ir, f.n) ? refuse(ir, 2) : writeRegister(ir, encodingKey(2 + f.q, f.p, f.n, f.m, f.o), ir.x(f.t)),
  MRS: (ir, f) => {
    const value = readRegister(ir, f);
    if (typeof value === 'string') return value;
    ir.setX(f.t, value);
    const row = systemRegisters[findRegister(encodingKey(2 + f.q, f.p, f.n, f.m, f.o))];
    return row?.afterRead ? proceed(ir, row.afterRead) : 'next';
  },
} satisfies Lifters<typeof system>;
