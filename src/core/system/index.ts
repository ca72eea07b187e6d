import { assert, must } from '../../base/assert.ts';
import { high32, low32 } from '../../base/bits.ts';
import type { Cpu } from '../cpu.ts';
import { ARG_VALUE, RESULT } from '../state/cells.ts';
import { operations } from './operations.ts';
import { debugRegisters } from './registers/debug.ts';
import { el1Registers } from './registers/el1.ts';
import { el2Registers } from './registers/el2.ts';
import { gicRegisters } from './registers/gic.ts';
import { idRegisters } from './registers/id.ts';
import { implementationRegisters } from './registers/implementation.ts';
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
  ...gicRegisters,
];
export const systemOperations: readonly OperationRow[] = operations;

const byEncoding = (rows: readonly { readonly at: RegisterRow['at'] }[]): ReadonlyMap<number, number> =>
  new Map(rows.map((row, i) => [encodingKey(...row.at), i]));
const registersByEncoding = byEncoding(systemRegisters);
const operationsByEncoding = byEncoding(systemOperations);
const registersByName = new Map(systemRegisters.map((row, i) => [row.name, i]));

/** Index of the register or operation with this encoding, -1 where there is none. */
export const findRegister = (key: number): number => registersByEncoding.get(key) ?? -1;
export const findOperation = (key: number): number => operationsByEncoding.get(key) ?? -1;

/**
 * Writable bits and bits that are 1 of rows in cells, in halves (writes of TTBR1_EL1 are too many for bigints); null where
 * nothing is writable.
 */
const cellMasks = systemRegisters.map(({ storage }) => {
  if (storage.kind !== 'cell' || storage.mask === 0n) return null;
  const { mask, ones = 0n } = storage;
  return { lo: low32(mask), hi: high32(mask), onesLo: low32(ones), onesHi: high32(ones) };
});

function put(cpu: Cpu, value: bigint | number): void {
  if (typeof value === 'bigint') {
    cpu.set64(RESULT, value);
  } else {
    cpu.set32(RESULT, value);
    cpu.set32(RESULT + 4, 0);
  }
}

/** MRS of a row, by way of the run time: into RESULT. True: the instruction is abandoned, with cpu.pending. */
export function systemRead(cpu: Cpu, row: number): boolean {
  const { storage } = must(systemRegisters[row], 'system register');
  switch (storage.kind) {
    case 'cell':
      cpu.set32(RESULT, cpu.get32(storage.cell));
      cpu.set32(RESULT + 4, storage.width === 32 ? 0 : cpu.get32(storage.cell + 4));
      break;
    case 'constant':
      put(cpu, storage.value);
      break;
    case 'functions':
      put(cpu, must(storage.read, 'read of a system register')(cpu));
      break;
  }
  return cpu.pending !== null;
}

function writeHalves(cpu: Cpu, row: number, lo: number, hi: number): void {
  const { storage } = must(systemRegisters[row], 'system register');
  if (storage.kind === 'functions') {
    must(storage.write, 'write of a system register')(cpu, lo, hi);
    return;
  }
  const masks = cellMasks[row];
  if (storage.kind !== 'cell' || !masks) return;
  cpu.set32(storage.cell, (lo & masks.lo) | masks.onesLo);
  if (storage.width !== 32) cpu.set32(storage.cell + 4, (hi & masks.hi) | masks.onesHi);
  storage.changed?.(cpu);
}

/** MSR of a row, by way of the run time: from ARG_VALUE. */
export function systemWrite(cpu: Cpu, row: number): boolean {
  writeHalves(cpu, row, cpu.get32(ARG_VALUE), cpu.get32(ARG_VALUE + 4));
  return cpu.pending !== null;
}

/** SYS of a row: with the value in ARG_VALUE. */
export function systemOperation(cpu: Cpu, row: number): boolean {
  systemOperations[row]?.operate?.(cpu, cpu.get32(ARG_VALUE), cpu.get32(ARG_VALUE + 4));
  return cpu.pending !== null;
}

/** A system register as software at EL2 would read and write it, with all effects; for a hypervisor that is resident. */
export class SystemRegister {
  readonly name: string;
  readonly #cpu: Cpu;
  readonly #row: number;

  /** @throws AssertionError where there is no such register, or it is no state outside PSTATE. */
  constructor(cpu: Cpu, name: string) {
    this.#cpu = cpu;
    this.name = name;
    this.#row = must(registersByName.get(name), `system register ${name}`);
    assert(systemRegisters[this.#row]?.storage.kind !== 'lifted', `${name} is a part of PSTATE`);
  }
  read(): bigint {
    systemRead(this.#cpu, this.#row);
    return this.#cpu.get64(RESULT);
  }
  low(): number {
    systemRead(this.#cpu, this.#row);
    return this.#cpu.get32(RESULT);
  }
  high(): number {
    systemRead(this.#cpu, this.#row);
    return this.#cpu.get32(RESULT + 4);
  }
  write(value: bigint): void {
    this.writeHalves(low32(value), high32(value));
  }
  writeHalves(low: number, high: number): void {
    writeHalves(this.#cpu, this.#row, low, high);
  }
}

/** The rows' reset values, into the cells. */
export function resetRegisters(cpu: Cpu): void {
  for (const { storage } of systemRegisters) {
    if (storage.kind !== 'cell') continue;
    const value = (storage.reset ?? 0n) | (storage.ones ?? 0n);
    if (storage.width === 32) cpu.set32(storage.cell, low32(value));
    else cpu.set64(storage.cell, value);
  }
}
