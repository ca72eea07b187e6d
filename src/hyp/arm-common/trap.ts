import type { Ipa } from '../../base/brands.ts';
import { EXCEPTION_CLASSES } from '../../core/fields/esr.ts';
import { BhyveExit } from '../../trace/events/index.ts';
import type { VmExit } from '../vmm/exits.ts';
import type { Segment } from '../vmm/memory.ts';
import type { ExitStat } from './stats.ts';

/** An exit that the hypervisor does not understand: bhyve's `u.hyp`, with where the guest was. */
export interface HypExit {
  readonly exceptionNr: 'sync' | 'irq' | 'fiq' | 'serror';
  readonly pc: bigint;
  /** ESR_EL2, HSR. */
  readonly esr: number;
  readonly far: bigint;
  readonly hpfar: bigint;
}

/** The synchronous exception being handled. */
export interface Trap {
  readonly vcpu: number;
  readonly pc: bigint;
  readonly esr: number;
  readonly iss: number;
  /** The faulting virtual address of an abort. */
  readonly far: bigint;
  /** The faulting address of an abort, below 2^48, and the memory segment it lies in. */
  readonly ipa: number;
  readonly segment: Segment | undefined;
  /** The same as events tell of it. */
  readonly hpfar: Ipa;
}

/** The architecture has done all there was to do. */
export const HANDLED = { kind: 'handled' } as const;

/** `unhandled`: the VM cannot go on. `forbidden`: the guest takes an UNDEFINED exception. */
export type Outcome = 'unhandled' | 'forbidden' | VmExit<HypExit>;

interface TrapNames {
  /** The exit's name at bhyve. */
  readonly exit: (trap: Trap) => BhyveExit;
  readonly stat: (trap: Trap) => ExitStat;
  readonly abort?: 'instruction' | 'data';
}

/** What a hypervisor `H` does with an exception class. */
export interface TrapRow<H> extends TrapNames {
  readonly handle: (h: H, trap: Trap) => Outcome;
}

/** By exception class: ESR_EL2.EC, HSR.EC, which number alike. */
export type TrapTable<H> = { readonly [ec: number]: TrapRow<H> };

/** The rows of one hypervisor. */
export interface BoundTrap extends TrapNames {
  readonly handle: (trap: Trap) => Outcome;
}

/** One for every exception class; those without a row are unhandled. */
export const bindTraps = <H>(h: H, table: TrapTable<H>): readonly BoundTrap[] =>
  Array.from({ length: EXCEPTION_CLASSES }, (_, ec) => {
    const row = table[ec] ?? unknownTrap;
    return { ...row, handle: (trap) => row.handle(h, trap) };
  });

/** For what of a trap does not depend on its syndrome. */
export const always =
  <T>(value: T) =>
  (): T =>
    value;

/** A trap that nobody handles: the VM is told of it, and ends. */
export const unhandledTrap = (exit: BhyveExit, stat: ExitStat): TrapRow<unknown> => ({
  exit: always(exit),
  stat: always(stat),
  handle: always('unhandled'),
});

const unknownTrap: TrapRow<unknown> = unhandledTrap(BhyveExit.HYP, 'unhandledSync');

/** Not the guest's to use. */
export const forbiddenTrap = (exit: BhyveExit, stat: ExitStat): TrapRow<unknown> => ({
  exit: always(exit),
  stat: always(stat),
  handle: always('forbidden'),
});
