// cp15/: the coprocessor registers of AArch32, as rows.

import type { Cpu } from '../cpu.ts';
import { NamedRegister, RegisterFile } from '../register-file.ts';
import { controlRows } from './control.ts';
import { cp14Rows } from './debug.ts';
import { hypRows } from './hyp.ts';
import { identificationRows } from './identification.ts';
import { implementationRows } from './implementation.ts';
import { operationRows } from './operations.ts';
import { monitorRows } from './pmu.ts';
import { type CoprocessorRow, keyOf } from './row.ts';
import { specialRegisters } from './special.ts';
import { timerRegisterRows } from './timer.ts';

/** Every register and operation of CP15 and CP14; translated code names a row by its index. */
export const coprocessorRows: readonly CoprocessorRow[] = [
  ...identificationRows,
  ...controlRows,
  ...operationRows,
  ...timerRegisterRows,
  ...hypRows,
  ...monitorRows,
  ...implementationRows,
  ...cp14Rows,
];

const byKey = new Map(coprocessorRows.map((row, i) => [keyOf(row.at), i]));
/** Index of the row with this encoding (`narrowKey`, `wideKey`), -1 where there is none. */
export const findCoprocessorRow = (key: number): number => byKey.get(key) ?? -1;

/** By index as the rows; those without an encoding come last. */
export const coprocessorFile = new RegisterFile([...coprocessorRows, ...specialRegisters]);

/** Other names of registers, by the format of translation tables. */
const aliases: Readonly<Record<string, string>> = { MAIR0: 'PRRR', MAIR1: 'NMRR' };

/**
 * A register of AArch32 by its name in the Arm ARM (DDI 0406): `HSR`, `TTBR0` with its 64 bits, `SP_svc`, `SPSR_hyp`, `FPSCR`.
 */
export class Cp15Register extends NamedRegister {
  constructor(cpu: Cpu, name: string) {
    super(cpu, coprocessorFile, aliases[name] ?? name);
  }
}
