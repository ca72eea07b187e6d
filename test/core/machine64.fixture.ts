import { ArmArchitecture } from '../../src/core/architecture.ts';
import { Engine } from '../../src/core/engine/engine.ts';
import { selectLevel } from '../../src/core/exception/pstate.ts';
import * as cells from '../../src/core/state/cells.ts';
import type { SystemCounter } from '../../src/core/state/pe-state.ts';
import { Cpu } from '../../src/core/system/cpu.ts';
import { SystemRegister } from '../../src/core/system/index.ts';
import { resetCpu } from '../../src/core/system/reset.ts';

/** Where things are: all within 64 KiB, mapped where they lie. */
export const VECTORS = 0x4000;
export const CODE = 0x8000;
export const DATA = 0xa000;
const LEVEL1 = 0xc000;
const LEVEL2 = 0xd000;
const LEVEL3 = 0xe000;
const HOST_BYTES = 0x10000;
const LOOP = 0x1400_0000;

/** VAs of the data page as something else. */
export const UNMAPPED = 0x2_0000;
export const READ_ONLY = 0x2_1000;
export const DEVICE = 0x2_2000;
export const PRIVILEGED = 0x2_3000;
/** The upper range maps the same: VA 0xffff_ffff_0000_0000 is VA 0. */
export const UPPER = 0xffff_ffff_0000_0000n;

const TABLE = 3n;
/** Inner Shareable, access flag; Normal memory is attribute 0, Device-nGnRnE attribute 1. */
const PAGE = 3n | (3n << 8n) | (1n << 10n);
const EL0 = 1n << 6n;
const RO = 1n << 7n;
/** 32 bits of VA in each range, 4 KiB granules, 40 bits of PA. */
const TCR = 32n | (32n << 16n) | (2n << 30n) | (2n << 32n);
export const TBI = (1n << 37n) | (1n << 38n);
const SCTLR = 0x30d0_0800n | (1n << 26n) | (1n << 14n) | 1n;

export interface Setting {
  /** Of CODE on. */
  readonly code: readonly number[];
  readonly el?: 0 | 1;
  readonly mmuOff?: boolean;
  readonly x?: Readonly<Record<number, bigint | number>>;
  /** Names of SystemRegister, and their values. */
  readonly registers?: Readonly<Record<string, bigint>>;
  readonly tcr?: bigint;
  readonly counter?: SystemCounter;
}
const stopped = { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY };

/** A CPU about to execute A64 code, under translation tables; every vector is a loop, and interrupts and debug are not masked. */
export function machine64({
  code,
  el = 1,
  mmuOff = false,
  x = {},
  registers = {},
  tcr = 0n,
  counter = stopped,
}: Setting) {
  const cpu = new Cpu(HOST_BYTES, counter);
  const engine = new Engine(cpu, (e) => new ArmArchitecture(cpu, e.code.jumps));
  engine.residentEl2 = false;
  resetCpu(cpu, { el: 1, entry: BigInt(CODE) });
  const put = (table: number, index: number, entry: bigint): void =>
    cpu.set64(cells.HOST_MEMORY + table + 8 * index, entry);
  put(LEVEL1, 0, BigInt(LEVEL2) | TABLE);
  put(LEVEL2, 0, BigInt(LEVEL3) | TABLE);
  for (let n = 0; n < HOST_BYTES >>> 12; n++) put(LEVEL3, n, BigInt(n << 12) | PAGE);
  put(LEVEL3, CODE >>> 12, BigInt(CODE) | PAGE | EL0 | RO);
  put(LEVEL3, DATA >>> 12, BigInt(DATA) | PAGE | EL0);
  put(LEVEL3, READ_ONLY >>> 12, BigInt(DATA) | PAGE | EL0 | RO);
  put(LEVEL3, DEVICE >>> 12, BigInt(DATA) | PAGE | EL0 | (1n << 2n));
  put(LEVEL3, PRIVILEGED >>> 12, BigInt(DATA) | PAGE);
  for (let vector = 0; vector < 0x800; vector += 0x80) cpu.set32(cells.HOST_MEMORY + VECTORS + vector, LOOP);
  cpu.u32.set(code, (cells.HOST_MEMORY + CODE) >>> 2);
  const register = (name: string): SystemRegister => new SystemRegister(cpu, name);
  const settings = {
    OSLAR_EL1: 0n,
    VBAR_EL1: BigInt(VECTORS),
    MAIR_EL1: 0xffn,
    TCR_EL1: TCR | tcr,
    TTBR0_EL1: BigInt(LEVEL1),
    TTBR1_EL1: BigInt(LEVEL1),
    CPACR_EL1: 3n << 20n,
    SCTLR_EL1: mmuOff ? SCTLR & ~1n : SCTLR,
    ...registers,
  };
  for (const [name, value] of Object.entries(settings)) register(name).write(value);
  cpu.set32(cells.DAIF, 0);
  for (const [n, value] of Object.entries(x)) cpu.setX(Number(n), BigInt(value));
  if (el === 0) selectLevel(cpu, 0, 0);
  cpu.system.stateReplaced();
  return {
    cpu,
    engine,
    read: (name: string): bigint => register(name).read(),
    /** Runs so many instructions. */
    run: (count: number) => engine.run(cpu.icount + count),
  };
}

/** Runs code until it has long taken an exception at EL1, and tells of that. */
export function exceptionOf(setting: Setting) {
  const { cpu, engine, read } = machine64(setting);
  engine.run(50);
  return { cpu, esr: Number(read('ESR_EL1')), far: read('FAR_EL1'), elr: read('ELR_EL1'), spsr: read('SPSR_EL1') };
}
