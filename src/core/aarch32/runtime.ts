// aarch32/: what A32 and T32 have in common: the semantics of their instructions, and their calls into the run time.

import { psrFieldBits, writeCpsr, writeMode } from '../exception/cpsr.ts';
import { registerCell, spsrCell } from '../exception/modes.ts';
import { waitTrap } from '../exception/synchronous.ts';
import type { Builder } from '../ir/builder.ts';
import { RuntimeCall } from '../ir/ops.ts';
import type { I32 } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { coprocessorFile } from '../system/cp15/index.ts';
import type { Cpu } from '../system/cpu.ts';

/** What translated code of AArch32 asks of the run time (RuntimeCall.aarch32), each with an operand of 16 bits. */
export const Aarch32Call = {
  /** A register of `coprocessorFile`, by its index. */
  readRegister: 0,
  writeRegister: 1,
  /** MSR to CPSR of the fields in the operand. */
  writeCpsr: 2,
  /** CPS to the mode in the operand. */
  writeMode: 3,
  /** The SPSR of the current mode; written by fields. */
  readSpsr: 4,
  writeSpsr: 5,
  /** A register of another mode: the mode above its number. */
  readBanked: 6,
  writeBanked: 7,
  /** WFI or WFE with a trap: it is taken if the CPU would wait (operand: `waitOperand`). */
  wait: 8,
  /** CPSR.E has changed. */
  endiannessChanged: 9,
} as const;
export type Aarch32Call = (typeof Aarch32Call)[keyof typeof Aarch32Call];

const CALL_SHIFT = 16;
const REGISTER_SHIFT = 4;

export const bankedOperand = (mode: number, n: number): number => (mode << REGISTER_SHIFT) | n;

/** Target level of the trap, which hint it is, and what its syndrome tells: the A32 condition, or whether it has 16 bits. */
export interface Wait {
  readonly target: 1 | 2;
  readonly isWfe: boolean;
  readonly cond: number;
  readonly narrow: boolean;
}
export const waitOperand = ({ target, isWfe, cond, narrow }: Wait): number =>
  target | (isWfe ? 4 : 0) | (narrow ? 8 : 0) | (cond << 4);

const argument = (cpu: Cpu): number => cpu.get32(cells.ARG_VALUE);
function give(cpu: Cpu, value: number): void {
  cpu.set32(cells.RESULT, value);
}

/** In System mode, which has no SPSR, it reads as zero and ignores writes. */
function readSpsr(cpu: Cpu): void {
  const cell = spsrCell(cpu.get32(cells.AARCH32_MODE));
  give(cpu, cell === null ? 0 : cpu.get32(cell));
}
function writeSpsr(cpu: Cpu, fields: number): void {
  const cell = spsrCell(cpu.get32(cells.AARCH32_MODE));
  const bits = psrFieldBits(fields);
  if (cell !== null) cpu.set32(cell, (cpu.get32(cell) & ~bits) | (argument(cpu) & bits));
}

const bankedCell = (cpu: Cpu, operand: number): number =>
  registerCell(cpu, operand >>> REGISTER_SHIFT, operand & ((1 << REGISTER_SHIFT) - 1));

function wait(cpu: Cpu, operand: number): void {
  const isWfe = (operand & 4) !== 0;
  const waits = cpu.get32(isWfe ? cells.EVENT_REGISTER : cells.INTERRUPT_PENDING) === 0;
  // As much of the instruction as a syndrome needs.
  const t32 = operand & 8 ? 1 : 1 << 16;
  if (waits) cpu.pending = waitTrap(cpu, (operand & 3) as 1 | 2, isWfe, cpu.thumb ? t32 : (operand >>> 4) << 28);
}

/** By Aarch32Call. */
const calls: readonly ((cpu: Cpu, operand: number) => void)[] = [
  (cpu, row) => void coprocessorFile.read(cpu, row),
  (cpu, row) => void coprocessorFile.write(cpu, row),
  (cpu, fields) => writeCpsr(cpu, argument(cpu), fields),
  writeMode,
  readSpsr,
  writeSpsr,
  (cpu, operand) => give(cpu, cpu.get32(bankedCell(cpu, operand))),
  (cpu, operand) => cpu.set32(bankedCell(cpu, operand), argument(cpu)),
  wait,
  (cpu) => {
    cpu.configStale = true;
  },
];

/** Whether a call reads a register of `coprocessorFile`. */
export const isRegisterRead = (what: number): boolean => what >>> CALL_SHIFT === Aarch32Call.readRegister;

/** RuntimeCall.aarch32. True: the instruction is abandoned, with cpu.pending. */
export function aarch32Runtime(cpu: Cpu, what: number): boolean {
  calls[what >>> CALL_SHIFT]?.(cpu, what & 0xffff);
  return cpu.pending !== null;
}

/** Emits the call. */
export function callRuntime(ir: Builder, call: Aarch32Call, operand: number): void {
  ir.runtime(RuntimeCall.aarch32, (call << CALL_SHIFT) | operand);
}
/** The same with a value, or for one. */
export function giveRuntime(ir: Builder, call: Aarch32Call, operand: number, value: I32): void {
  ir.setCell32(cells.ARG_VALUE, value);
  callRuntime(ir, call, operand);
}
export function askRuntime(ir: Builder, call: Aarch32Call, operand: number): I32 {
  callRuntime(ir, call, operand);
  return ir.cell32(cells.RESULT);
}
