import { assert, must } from '../../base/assert.ts';
import { fromHalves, high32, low32 } from '../../base/bits.ts';
import { ARG_VALUE, RESULT } from '../state/cells.ts';
import type { Cpu } from './cpu.ts';
import type { Storage } from './row.ts';

export interface StoredRegister {
  readonly name: string;
  readonly storage: Storage;
}

/**
 * Writable bits and bits that are 1 of rows in cells, in halves (writes of TTBR1_EL1 are too many for bigints); null where
 * nothing is writable.
 */
function cellMasks(storage: Storage) {
  if (storage.kind !== 'cell' || storage.mask === 0n) return null;
  const { mask, ones = 0n } = storage;
  return { lo: low32(mask), hi: high32(mask), onesLo: low32(ones), onesHi: high32(ones) };
}

/** A write is a store of the value to the cell, and no more. */
const isPlain = ({ width = 64, mask, ones = 0n, changed }: Extract<Storage, { kind: 'cell' }>): boolean =>
  BigInt.asUintN(width, ~mask) === 0n && ones === 0n && changed === undefined;

function put(cpu: Cpu, value: bigint | number): void {
  if (typeof value === 'bigint') {
    cpu.set64(RESULT, value);
  } else {
    cpu.set32(RESULT, value);
    cpu.set32(RESULT + 4, 0);
  }
}

/** A table of registers, by way of the run time: translated code names a row by its index. */
export class RegisterFile {
  readonly #rows: readonly StoredRegister[];
  readonly #masks: readonly ReturnType<typeof cellMasks>[];
  readonly #byName: ReadonlyMap<string, number>;

  /** Where names repeat, a name stands for the last row. */
  constructor(rows: readonly StoredRegister[]) {
    this.#rows = rows;
    this.#masks = rows.map(({ storage }) => cellMasks(storage));
    this.#byName = new Map(rows.map(({ name }, i) => [name, i]));
  }

  /** @throws AssertionError where there is no such register. */
  find(name: string): number {
    return must(this.#byName.get(name), `system register ${name}`);
  }
  storage(row: number): Storage {
    return must(this.#rows[row], 'system register').storage;
  }

  /** Into RESULT. True: the instruction is abandoned, with cpu.pending. */
  read(cpu: Cpu, row: number): boolean {
    const storage = this.storage(row);
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

  /** From ARG_VALUE. */
  write(cpu: Cpu, row: number): boolean {
    this.writeHalves(cpu, row, cpu.get32(ARG_VALUE), cpu.get32(ARG_VALUE + 4));
    return cpu.pending !== null;
  }
  writeHalves(cpu: Cpu, row: number, lo: number, hi: number): void {
    const storage = this.storage(row);
    if (storage.kind === 'functions') {
      must(storage.write, 'write of a system register')(cpu, lo, hi);
      return;
    }
    const masks = this.#masks[row];
    if (storage.kind !== 'cell' || !masks) return;
    cpu.set32(storage.cell, (lo & masks.lo) | masks.onesLo);
    if (storage.width !== 32) cpu.set32(storage.cell + 4, (hi & masks.hi) | masks.onesHi);
    storage.changed?.(cpu);
  }

  /** The rows' reset values, into the cells. */
  reset(cpu: Cpu): void {
    for (const { storage } of this.#rows) {
      if (storage.kind !== 'cell') continue;
      const value = (storage.reset ?? 0n) | (storage.ones ?? 0n);
      if (storage.width === 32) cpu.set32(storage.cell, low32(value));
      else cpu.set64(storage.cell, value);
    }
  }
}

/** A register as software at EL2 would read and write it, with all effects; for a hypervisor that is resident. */
export class NamedRegister {
  readonly name: string;
  readonly #cpu: Cpu;
  readonly #file: RegisterFile;
  readonly #row: number;
  /** The cell that it is, and whether that has 64 bits; null where there is more to a read. */
  readonly #cell: number | null;
  readonly #isWide: boolean;
  /** It is a cell, all of which can be written, and nothing follows from a write. */
  readonly #isPlain: boolean;

  /** @throws AssertionError where there is no such register, or it is no state outside PSTATE. */
  constructor(cpu: Cpu, file: RegisterFile, name: string) {
    this.name = name;
    this.#cpu = cpu;
    this.#file = file;
    this.#row = file.find(name);
    const storage = file.storage(this.#row);
    assert(storage.kind !== 'lifted', `${name} is a part of PSTATE`);
    this.#cell = storage.kind === 'cell' ? storage.cell : null;
    this.#isWide = storage.kind !== 'cell' || storage.width !== 32;
    this.#isPlain = storage.kind === 'cell' && isPlain(storage);
  }
  read(): bigint {
    const cell = this.#valueCell();
    return this.#isWide ? this.#cpu.get64(cell) : fromHalves(this.#cpu.get32(cell), 0);
  }
  low(): number {
    return this.#cpu.get32(this.#valueCell());
  }
  high(): number {
    const cell = this.#valueCell();
    return this.#isWide ? this.#cpu.get32(cell + 4) : 0;
  }
  /** Where its present value lies. */
  #valueCell(): number {
    if (this.#cell !== null) return this.#cell;
    this.#file.read(this.#cpu, this.#row);
    return RESULT;
  }
  write(value: bigint): void {
    this.writeHalves(low32(value), high32(value));
  }
  writeHalves(low: number, high: number): void {
    if (!this.#isPlain || this.#cell === null) {
      this.#file.writeHalves(this.#cpu, this.#row, low, high);
      return;
    }
    this.#cpu.set32(this.#cell, low);
    if (this.#isWide) this.#cpu.set32(this.#cell + 4, high);
  }
}
