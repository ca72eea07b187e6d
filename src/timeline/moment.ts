import type { Machine } from '../machine/machine.ts';

/**
 * A moment of a run between two instructions. Exceptions retire nothing, so that several moments may have one count: at an
 * instruction that faults, and at the vector then.
 */
export interface Moment {
  readonly icount: number;
  /** Exceptions taken at this count, those to EL2 included. */
  readonly exceptions: number;
  /** Where the guest goes on. */
  readonly pc: bigint;
}

/** Where a machine is, between two runs or at a stop. */
export function momentOf({ icount, pc, cpu }: Machine): Moment {
  const { at, exceptions } = cpu.stall;
  return { icount, pc, exceptions: at === icount ? exceptions : 0 };
}

/** Negative where `a` comes first, 0 for the same moment. */
export const compareMoments = (a: Moment, b: Moment): number => a.icount - b.icount || a.exceptions - b.exceptions;
