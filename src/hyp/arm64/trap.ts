import type { Segment } from '../vmm/memory.ts';

/** An exit that the hypervisor does not understand: bhyve's `u.hyp`, with where the guest was. */
export interface HypExit {
  readonly exceptionNr: 'sync' | 'irq' | 'fiq' | 'serror';
  readonly pc: bigint;
  readonly esr: number;
  readonly far: bigint;
  readonly hpfar: bigint;
}

/** The synchronous exception being handled. One object, filled anew for each. */
export interface Trap {
  vcpu: number;
  pc: bigint;
  esr: number;
  iss: number;
  /** The faulting address of an abort, below 2^48, and the memory segment it lies in. */
  ipa: number;
  segment: Segment | undefined;
}

/** The architecture has done all there was to do. */
export const HANDLED = { kind: 'handled' } as const;
