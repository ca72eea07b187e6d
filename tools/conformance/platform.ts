import type { Engine, RunStop } from '../../src/core/engine/engine.ts';
import { readNzcv, writeNzcv } from '../../src/core/exception/pstate.ts';
import * as cells from '../../src/core/state/cells.ts';
import type { Cpu } from '../../src/core/system/cpu.ts';

/** How the code of a vector came to its end, with what of the state at EL0 the way there has moved. */
export interface VectorStop {
  /** `brk`: it left the code, which lies among breakpoints (in AArch32 among undefined instructions). */
  readonly reason: 'brk' | 'undefined' | 'access' | 'align' | 'none' | 'other';
  readonly pc: number;
  /** The faulting address. */
  readonly address: bigint;
  readonly sp: bigint;
  /** NZCV in bits 3:0. */
  readonly nzcv: number;
  /** CPSR's T, and its N Z C V Q and GE. */
  readonly thumb: boolean;
  readonly cpsr: number;
  /** For a report, where the reason is `other`. */
  readonly what: string;
}

/** A CPU at EL0 with the memory that vectors expect, and a way to see how they end. */
export interface VectorPlatform {
  readonly cpu: Cpu;
  readonly engine: Engine;
  /** Physical addresses of the window and of the code pages. */
  readonly windowAt: number;
  readonly codePagesAt: number;
  /** Stands at EL0 at `pc`; registers and memory are the runner's. */
  begin(pc: bigint, sp: bigint, nzcv: number): void;
  /** The same in AArch32 user mode, with CPSR's N Z C V Q and GE. */
  begin32(pc: number, thumb: boolean, cpsr: number): void;
  run(instructionsMax: number): VectorStop;
}

/** CPSR.M of user mode. */
export const USER_MODE = 0x10;

/** N Z C V Q and GE of CPSR, as they stand in the cells. */
export const userCpsr = (cpu: Cpu): number =>
  (readNzcv(cpu) | cpu.get32(cells.CPSR_Q) | cpu.get32(cells.CPSR_GE)) >>> 0;

/** What of AArch32 state a vector starts with, but for its mode. */
export function beginUser(cpu: Cpu, pc: number, thumb: boolean, cpsr: number): void {
  writeNzcv(cpu, cpsr);
  cpu.set32(cells.CPSR_Q, cpsr & (1 << 27));
  cpu.set32(cells.CPSR_GE, cpsr & (0xf << 16));
  cpu.set32(cells.CPSR_E, 0);
  cpu.set32(cells.ITSTATE, 0);
  cpu.set32(cells.EXCLUSIVE_SIZE, 0);
  cpu.set64(cells.PC_BASE, BigInt(pc & ~0xfff));
  cpu.set32(cells.PC_OFFSET, (pc & 0xfff) | (thumb ? 1 : 0));
}

/** Vectors have no time. */
export const NO_COUNTER = {
  frequency: 1,
  countAt: () => 0n,
  icountAt: () => Number.POSITIVE_INFINITY,
} as const;

/** Runs a vector, which is a machine of its own: the exceptions of those before it are not its lack of progress. */
export function runVector({ cpu, engine }: Pick<VectorPlatform, 'cpu' | 'engine'>, instructionsMax: number): RunStop {
  cpu.stall.exceptions = 0;
  return engine.run(cpu.icount + instructionsMax);
}
