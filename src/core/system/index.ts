// system/: what stands behind the system registers: their rows and access rules, timers, the GIC's virtual CPU interface.

import { ARG_VALUE } from '../state/cells.ts';
import type { Cpu } from './cpu.ts';
import { operations } from './operations.ts';
import { NamedRegister, RegisterFile } from './register-file.ts';
import { debugRegisters } from './registers/debug.ts';
import { el1Registers } from './registers/el1.ts';
import { el2Registers } from './registers/el2.ts';
import { gicRegisters } from './registers/gic.ts';
import { idRegisters } from './registers/id.ts';
import { implementationRegisters } from './registers/implementation.ts';
import { pmuRegisters } from './registers/pmu.ts';
import { pstateRegisters } from './registers/pstate.ts';
import { timerRegisters } from './registers/timer.ts';
import { encodingKey, type OperationRow, type RegisterRow } from './row.ts';

/** Every system register of EL0 to EL2; translated code names a row by its index. */
export const systemRegisters: readonly RegisterRow[] = [
  ...idRegisters,
  ...pstateRegisters,
  ...el1Registers,
  ...el2Registers,
  ...timerRegisters,
  ...debugRegisters,
  ...implementationRegisters,
  ...pmuRegisters,
  ...gicRegisters,
];
export const systemOperations: readonly OperationRow[] = operations;

const byEncoding = (rows: readonly { readonly at: RegisterRow['at'] }[]): ReadonlyMap<number, number> =>
  new Map(rows.map((row, i) => [encodingKey(...row.at), i]));
const registersByEncoding = byEncoding(systemRegisters);
const operationsByEncoding = byEncoding(systemOperations);
const registerFile = new RegisterFile(systemRegisters);

/** Index of the register or operation with this encoding, -1 where there is none. */
export const findRegister = (key: number): number => registersByEncoding.get(key) ?? -1;
export const findOperation = (key: number): number => operationsByEncoding.get(key) ?? -1;

/** MRS of a row, by way of the run time: into RESULT. True: the instruction is abandoned, with cpu.pending. */
export const systemRead = (cpu: Cpu, row: number): boolean => registerFile.read(cpu, row);
/** MSR of a row, by way of the run time: from ARG_VALUE. */
export const systemWrite = (cpu: Cpu, row: number): boolean => registerFile.write(cpu, row);

/** SYS of a row: with the value in ARG_VALUE. */
export function systemOperation(cpu: Cpu, row: number): boolean {
  systemOperations[row]?.operate?.(cpu, cpu.get32(ARG_VALUE), cpu.get32(ARG_VALUE + 4));
  return cpu.pending !== null;
}

/** A system register of AArch64 by its name. */
export class SystemRegister extends NamedRegister {
  constructor(cpu: Cpu, name: string) {
    super(cpu, registerFile, name);
  }
}

/** The rows' reset values, into the cells. */
export const resetRegisters = (cpu: Cpu): void => registerFile.reset(cpu);
