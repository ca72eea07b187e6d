import type { Cpu } from '../../src/core/cpu.ts';
import type { Engine } from '../../src/core/engine/engine.ts';

/** How the code of a vector came to its end, with what of the state at EL0 the way there has moved. */
export interface VectorStop {
  /** `brk`: it left the code, which lies among breakpoints. */
  readonly reason: 'brk' | 'undefined' | 'access' | 'align' | 'none' | 'other';
  readonly pc: number;
  /** The faulting address. */
  readonly address: bigint;
  readonly sp: bigint;
  /** NZCV in bits 3:0. */
  readonly nzcv: number;
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
  run(instructionsMax: number): VectorStop;
}

export const NO_COUNTER = {
  frequency: 1,
  countAt: () => 0n,
  icountAt: () => Number.POSITIVE_INFINITY,
} as const;
