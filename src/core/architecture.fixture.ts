import { ArmArchitecture } from './architecture.ts';
import { Engine } from './engine/engine.ts';
import { selectMode } from './exception/modes.ts';
import { jumpTo32 } from './exception/pstate.ts';
import * as cells from './state/cells.ts';
import { sys } from './state/system-cells.ts';
import { Cp15Register } from './system/cp15/index.ts';
import { Cpu } from './system/cpu.ts';
import { cortexA15 } from './system/models/index.ts';
import { resetCpu } from './system/reset.ts';

/** Where things are: all within 64 KiB, without the MMU. */
export const CODE = 0x8000;
export const DATA = 0xa000;
export const VECTORS = 0x4000;
export const HYP_VECTORS = 0x6000;
const HOST_BYTES = 0x10000;
const A32_LOOP = 0xeaff_fffe;
const A64_LOOP = 0x1400_0000;
/** Vector of AArch64's EL1 for what AArch32 code takes there. */
export const VECTOR_FROM_AARCH32 = VECTORS + 0x600;

interface Setting {
  readonly mode: number;
  /** Words of A32, halfwords of T32. */
  readonly code: readonly number[];
  readonly thumb?: boolean;
  /** Names of Cp15Register, and their values. */
  readonly registers?: Readonly<Record<string, number>>;
  /** Below an EL1 and EL2 in AArch64. */
  readonly under64?: boolean;
}

/** A CPU about to execute a few instructions in a mode; every vector is a loop. FP is enabled. */
export function machine({ mode, code, thumb = false, registers = {}, under64 = false }: Setting) {
  const counter = { frequency: 1, countAt: (n: number) => BigInt(n), icountAt: (n: bigint) => Number(n) };
  const cpu = new Cpu(HOST_BYTES, counter);
  const engine = new Engine(cpu, (e) => new ArmArchitecture(cpu, e.code.jumps));
  engine.residentEl2 = false;
  resetCpu(cpu, { el: 2, entry: 0n, model: cortexA15 });
  for (const base of [VECTORS, HYP_VECTORS])
    cpu.u32.fill(A32_LOOP, (cells.HOST_MEMORY + base) >>> 2, (cells.HOST_MEMORY + base + 32) >>> 2);
  const at = cells.HOST_MEMORY + CODE;
  if (thumb) new Uint16Array(cpu.memory.buffer).set(code, at >>> 1);
  else cpu.u32.set(code, at >>> 2);
  const settings = { VBAR: VECTORS, HVBAR: HYP_VECTORS, CPACR: 0x00f0_0000, FPEXC: 1 << 30, ...registers };
  for (const [name, value] of Object.entries(settings)) new Cp15Register(cpu, name).write(BigInt(value >>> 0));
  if (under64) {
    cpu.set32(sys.AARCH32_ONLY, 0);
    cpu.set32(sys.HCR_EL2, 0x8000_0000);
    cpu.set32(cells.HOST_MEMORY + VECTOR_FROM_AARCH32, A64_LOOP);
  }
  cpu.set32(cells.DAIF, 0x1c0);
  selectMode(cpu, mode);
  jumpTo32(cpu, CODE, thumb);
  cpu.system.stateReplaced();
  return {
    cpu,
    engine,
    r: (n: number): number => cpu.get32(cells.X + 8 * n),
    setR: (n: number, value: number): void => cpu.set32(cells.X + 8 * n, value),
    word: (address: number): number => cpu.get32(cells.HOST_MEMORY + address),
    setWord: (address: number, value: number): void => cpu.set32(cells.HOST_MEMORY + address, value),
    register: (name: string): number => new Cp15Register(cpu, name).low(),
    /** Runs so many instructions. */
    run: (count: number) => engine.run(cpu.icount + count),
    get pc(): number {
      return Number(cpu.pc);
    },
    get mode(): number {
      return cpu.get32(cells.AARCH32_MODE);
    },
  };
}
