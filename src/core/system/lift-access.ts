import type { Builder, Flow } from '../ir/builder.ts';
import type { I64 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall, ExitReason } from '../state/codes.ts';
import type { AccessRule, Verdict } from './access-rule.ts';
import { leaveIfInterrupted } from './registers/pstate.ts';
import type { Storage, WriteFlow } from './row.ts';

// Accesses to rows as IR: of AArch64's system registers and of AArch32's coprocessor registers.

/** All their instructions have 4 bytes. */
const BYTES = 4;

type Cell = Extract<Storage, { kind: 'cell' }>;
interface Row {
  readonly access: AccessRule;
  readonly storage: Storage;
  readonly afterWrite?: WriteFlow;
}

/** Ends the block as the verdict says, which is not 'ok'. */
export function refuse(ir: Builder, verdict: Exclude<Verdict, 'ok'>): 'end' {
  if (verdict === 'undefined') return ir.undefined();
  if (verdict === 'fp') return ir.exception(ExceptionCall.fpTrap, ir.config.fpTrap);
  return ir.exception(ExceptionCall.trap, verdict);
}

/**
 * Goes on at the next instruction, fetched anew: by way of the jump cache, which knows the context and what TLB maintenance
 * dropped; a direct branch might stay within code that is no longer mapped. Within an IT block by way of the run loop,
 * which knows CPSR.IT.
 */
export const refetch = (ir: Builder): 'end' =>
  ir.unfinished ? ir.exitAfter(ExitReason.reconsider) : ir.branchTo(ir.pc(BYTES));

export function proceed(ir: Builder, flow: WriteFlow): Flow {
  switch (flow) {
    case 'next':
      return 'next';
    case 'interrupts':
      leaveIfInterrupted(ir);
      return 'next';
    case 'refetch':
      return refetch(ir);
    case 'reconsider':
      return ir.exitAfter(ExitReason.reconsider);
  }
}

function readCell(ir: Builder, { cell, cellAtEl1, width }: Cell): I64 {
  const at = ir.config.el === 1 && cellAtEl1 !== undefined ? cellAtEl1 : cell;
  return width === 32 ? ir.extendU(ir.cell32(at)) : ir.cell64(at);
}

function called(ir: Builder, byRuntime: () => void): I64 {
  byRuntime();
  return ir.cell64(cells.RESULT);
}

/** The value of a row that may be accessed. `byRuntime` emits the call that puts it into RESULT. */
export function readRow(ir: Builder, storage: Storage, byRuntime: () => void): I64 | 'end' {
  switch (storage.kind) {
    case 'cell':
      return readCell(ir, storage);
    case 'constant':
      return ir.i64(storage.value);
    case 'functions':
      if (!storage.read) return ir.undefined();
      return storage.lift?.(ir) ?? called(ir, byRuntime);
    case 'lifted':
      return storage.read ? storage.read(ir) : ir.undefined();
  }
}

function writeCell(ir: Builder, { cell, width, mask, ones = 0n }: Cell, value: I64): void {
  let stored = mask === -1n || (width === 32 && mask === 0xffff_ffffn) ? value : ir.and(value, ir.i64(mask));
  if (ones !== 0n) stored = ir.or(stored, ir.i64(ones));
  if (width === 32) ir.setCell32(cell, ir.wrap(stored));
  else ir.setCell64(cell, stored);
}

/** Writes a row that may be accessed. `byRuntime` emits the call that takes the value from ARG_VALUE. */
export function writeRow(ir: Builder, { storage, afterWrite = 'next' }: Row, value: I64, byRuntime: () => void): Flow {
  const call = (): void => {
    ir.setCell64(cells.ARG_VALUE, value);
    byRuntime();
  };
  switch (storage.kind) {
    case 'cell':
      if (storage.changed) call();
      else writeCell(ir, storage, value);
      return proceed(ir, afterWrite);
    case 'constant':
      return proceed(ir, afterWrite);
    case 'functions':
      if (!storage.write) return ir.undefined();
      call();
      return proceed(ir, afterWrite);
    case 'lifted':
      return storage.write ? storage.write(ir, value) : ir.undefined();
  }
}
