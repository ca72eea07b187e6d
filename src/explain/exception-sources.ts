import { FLAG, isFlag, PC } from '../core/dependence/state-bytes.ts';
import { spsrCell } from '../core/exception/modes.ts';
import { Ec } from '../core/fields/esr.ts';
import { Mode } from '../core/fields/psr.ts';
import { Op } from '../core/ir/ops.ts';
import type { Node } from '../core/ir/types.ts';
import * as cells from '../core/state/cells.ts';
import { ExitReason } from '../core/state/codes.ts';
import type { Exception } from '../core/state/exception.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { sys } from '../core/state/system-cells.ts';

// What an exception and a return from one write, and from what. Arm ARM DDI 0487, AArch64.TakeException, AArch64.ExceptionReturn;
// DDI 0406C, B1.8.3, B1.8.10.

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
const isIn = (register: number, from: number, bytes: number): boolean => register >= from && register < from + bytes;

/** Where a byte comes from: bytes of registers, of cells by which the run time was given something; or what it is by itself. */
export interface ByteSource {
  readonly registers?: readonly number[];
  readonly given?: readonly number[];
  /** The address that the instruction accessed. */
  readonly isAddress?: true;
  /** That address, or where the instruction itself lies, has decided what it is. */
  readonly byAddress?: 'access' | 'pc';
  readonly constant?: string;
}

const FLAGS = [FLAG.n, FLAG.z, FLAG.c, FLAG.v];
/** PSTATE by the bytes of an SPSR: of AArch64, and of AArch32. */
const pstateFrom: readonly (readonly number[])[] = [
  [...range(cells.DAIF, 1), ...range(cells.CURRENT_EL, 1), ...range(cells.SPSEL, 1)],
  range(cells.DAIF + 1, 1),
  range(cells.PSTATE_SS_IL + 2, 1),
  FLAGS,
];
const cpsrFrom: readonly (readonly number[])[] = [
  [...range(cells.DAIF, 1), ...range(cells.AARCH32_MODE, 1)],
  [...range(cells.DAIF + 1, 1), ...range(cells.ITSTATE, 1), ...range(cells.CPSR_E + 1, 1)],
  [...range(cells.CPSR_GE + 2, 1), ...range(cells.PSTATE_SS_IL + 2, 1)],
  [...FLAGS, ...range(cells.CPSR_Q + 3, 1), ...range(cells.ITSTATE, 1)],
];
const savedFrom = (before: CellReader): typeof pstateFrom =>
  before.get32(cells.AARCH32_MODE) === 0 ? pstateFrom : cpsrFrom;
/** The cells of PSTATE, of any state. */
const fields = [cells.DAIF, cells.PSTATE_SS_IL, cells.CURRENT_EL, cells.SPSEL, cells.AARCH32_MODE] as const;
const fields32 = [cells.ITSTATE, cells.CPSR_Q, cells.CPSR_GE, cells.CPSR_E] as const;
/** Bytes of an SPSR that a byte of PSTATE is restored from, in any state; undefined for what is none. */
function restoredFrom(register: number): readonly number[] | undefined {
  if (isIn(register, cells.CURRENT_EL, 8) || isIn(register, cells.AARCH32_MODE, 4)) return [0];
  const found = range(0, 4).filter(
    (byte) => pstateFrom[byte]?.includes(register) || cpsrFrom[byte]?.includes(register),
  );
  if (found.length > 0) return found;
  // The rest of a cell is always 0.
  return isPstate(register) ? [] : undefined;
}
const isPstate = (register: number): boolean =>
  isFlag(register) || [...fields, ...fields32].some((at) => isIn(register, at, 4));

const RETURN_ADDRESS = 'the address of an instruction, where the exception returns to';
/** The mode whose LR a register is, as AArch64 sees it: X14, X16 and so on. DDI 0487, D1.20.1. */
const linkRegisters: ReadonlyMap<number, number> = new Map([
  [Mode.irq, 16],
  [Mode.svc, 18],
  [Mode.abt, 20],
  [Mode.und, 22],
  [Mode.fiq, 30],
]);

/** What an exception to EL1 or PL1 writes whatever it finds. */
export function writtenByException(exception: Exception, after: CellReader): ReadonlySet<number> {
  const mode = after.get32(cells.AARCH32_MODE);
  const spsr = mode === 0 ? sys.SPSR_EL1 : (spsrCell(mode) ?? sys.SPSR_EL1);
  const link = mode === 0 ? range(sys.ELR_EL1, 8) : range(cells.X + 8 * (linkRegisters.get(mode) ?? 14), 4);
  const isFault = exception.kind === 'sync' && (mode === 0 || exception.fsr !== undefined);
  return new Set([
    ...link,
    ...range(spsr, 4),
    ...range(PC, 8),
    ...range(cells.DAIF, 2),
    ...(isFault && (mode === 0 || !isPrefetch(exception)) ? range(sys.ESR_EL1, 4) : []),
    ...(isFault && mode !== 0 && isPrefetch(exception) ? range(sys.IFSR32_EL2, 4) : []),
    ...(exception.far === undefined
      ? []
      : range(sys.FAR_EL1 + (mode !== 0 && isPrefetch(exception) ? 4 : 0), mode === 0 ? 8 : 4)),
  ]);
}
const isPrefetch = ({ ec }: Exception): boolean => ec === Ec.iabtLow || ec === Ec.iabtCurrent;

/** Where a byte that an exception wrote comes from; undefined for one that it has no part in. */
export function exceptionSource(
  register: number,
  exception: Exception,
  before: CellReader,
  after: CellReader,
): ByteSource | undefined {
  const mode = after.get32(cells.AARCH32_MODE);
  const spsr = mode === 0 ? sys.SPSR_EL1 : (spsrCell(mode) ?? sys.SPSR_EL1);
  if (isIn(register, spsr, 4)) return { registers: savedFrom(before)[register - spsr] as readonly number[] };
  if (mode === 0 ? isIn(register, sys.ELR_EL1, 8) : isIn(register, cells.X + 8 * (linkRegisters.get(mode) ?? 14), 4))
    return { constant: RETURN_ADDRESS };
  if (isIn(register, sys.ESR_EL1, 4) || isIn(register, sys.IFSR32_EL2, 4))
    return {
      constant: "the exception's syndrome",
      ...(exception.far === undefined ? {} : { byAddress: isPrefetch(exception) ? 'pc' : 'access' }),
    };
  if (isIn(register, sys.FAR_EL1, 8)) return isPrefetch(exception) ? { registers: range(PC, 8) } : { isAddress: true };
  if (isIn(register, PC, 8)) return { registers: range(sys.VBAR_EL1, mode === 0 ? 8 : 4) };
  if (isIn(register, cells.CPSR_E, 4)) return { registers: range(sys.SCTLR_EL1, 4) };
  return isPstate(register) ? { constant: 'what the exception sets' } : undefined;
}

/** Where a byte that an exception return wrote comes from. */
export function returnSource(register: number, nodes: readonly Node[], before: CellReader): ByteSource | undefined {
  const mode = before.get32(cells.AARCH32_MODE);
  if (isIn(register, PC, 8)) {
    if (mode === 0) return { registers: range(sys.ELR_EL1, 8) };
    return register - PC < 4 ? { given: [cells.ARG_VALUE + (register - PC)] } : { constant: '32 bits' };
  }
  if (isIn(register, cells.EXCLUSIVE_SIZE, 4) || isIn(register, cells.EVENT_REGISTER, 4))
    return { constant: 'what a return sets' };
  const bytes = restoredFrom(register);
  if (bytes === undefined) return undefined;
  if (mode === 0) return { registers: bytes.map((byte) => sys.SPSR_EL1 + byte) };
  const isGiven = nodes.some(({ op, imm, imm2 }) => op === Op.exitAt && imm === ExitReason.eret && imm2 !== 0);
  if (isGiven) return { given: bytes.map((byte) => cells.ARG_VALUE + 4 + byte) };
  const spsr = spsrCell(mode);
  return spsr === null ? { constant: 'no SPSR in this mode' } : { registers: bytes.map((byte) => spsr + byte) };
}
/** Whether a return may write it. */
export const isRestored = (register: number): boolean =>
  register >= PC ||
  isPstate(register) ||
  isIn(register, cells.EXCLUSIVE_SIZE, 4) ||
  isIn(register, cells.EVENT_REGISTER, 4);
/** What a return writes whatever it finds. */
export const writtenByReturn: ReadonlySet<number> = new Set([
  ...range(PC, 8),
  ...FLAGS,
  ...range(cells.DAIF, 2),
  ...range(cells.EXCLUSIVE_SIZE, 4),
]);
