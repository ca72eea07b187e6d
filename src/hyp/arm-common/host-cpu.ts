import type { OutsideWriter } from '../../core/engine/watchpoints.ts';
import type { SystemCounter } from '../../core/state/pe-state.ts';
import type { Stall } from '../vmm/arch.ts';

/** One system register of the CPU, found once by name: the ways of exits must not look names up. */
export interface RegisterPort {
  read(): bigint;
  write(value: bigint): void;
  /** Bits [31:0] and [63:32] as unsigned numbers. */
  low(): number;
  high(): number;
  writeHalves(low: number, high: number): void;
}

/**
 * Memory of the emulated host from physical address 0 on. The views are to read; whoever writes calls the methods, which drop
 * translations of code in the pages written and take note that their contents changed. Addresses and sizes lie in memory. Watchpoints
 * tell of whoever gives his name.
 */
export interface HostMemory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  write(pa: number, bytes: Uint8Array, by?: OutsideWriter): void;
  zero(pa: number, bytes: number, by?: OutsideWriter): void;
  /** Two words at an address that is a multiple of 8: a descriptor. */
  store(pa: number, low: number, high: number): void;
}

/** The host's interrupt controller, as far as a resident hypervisor of one CPU uses it. */
export interface HostInterrupts {
  /** The level of a private interrupt's line now, enabled or not. */
  level(ppi: number): boolean;
  /** A disabled interrupt stays pending at the controller and does not leave the guest. */
  setEnabled(ppi: number, on: boolean): void;
}

/** The host's virtual interface control registers of GICv2, by their offsets, a word each. */
export interface GichPort {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

/**
 * Why the guest stopped: the kind of the exception taken to the hypervisor's level from a lower one; `budget` when the
 * instruction count asked for was reached; `idle` when the guest waits in a WFI that is not trapped; `event` behind its WFE, where
 * there are several PEs; `livelock` when it takes exception upon exception at its own level and retires no instruction.
 */
export type EnterResult = 'sync' | 'irq' | 'fiq' | 'serror' | 'budget' | 'idle' | 'event' | 'livelock';

/**
 * The physical CPU under the resident hypervisor, as far as AArch64 and ARMv7 do not differ: PEs that take turns. All but counts and memory
 * is of the PE that is loaded. After an exception it is at
 * EL2, in HYP mode; after `budget`, `idle` and `livelock` the guest stands where it stopped, with nothing changed, so that where a run
 * is cut leaves no trace in the guest.
 */
export interface HostCpu {
  readonly pes: number;
  /** The PE whose state is in place. */
  readonly loaded: number;
  /** Puts another PE's state in place, as it left it. Tells nobody. */
  load(pe: number): void;
  /** What `look` reads of a PE's registers. No address can be translated meanwhile. */
  peek<T>(pe: number, look: () => T): T;
  /** The exclusive monitor is held: between a load exclusive and its store. */
  readonly isExclusive: boolean;
  /** The loaded PE's turn is over: its monitor is open, and whoever observes has been told of all that it has retired. */
  endTurn(): void;
  /** Instructions retired plus idle skips: the only clock. */
  readonly icount: number;
  /** What it counts to find a livelock. */
  readonly stall: Stall;
  /** Counts an instruction that trapped and that the hypervisor carried out: it is retired as any other. */
  retire(): void;
  readonly counter: SystemCounter;
  readonly host: HostMemory;
  readonly interrupts: HostInterrupts;
  /** The virtual interface control registers of the host's GICv2; null where the host has a GICv3. */
  readonly gich: GichPort | null;

  /**
   * A system register by its name in the Arm ARM of the CPU's architecture (`ESR_EL2`, `ICH_LR3_EL2`; `HSR`, `SPSR_svc`),
   * read and written as the hypervisor's level would, with all effects.
   * @throws AssertionError where the CPU has no such register.
   */
  register(name: string): RegisterPort;
  /** Invalidates all translations of the current VMID (`TLBI VMALLS12E1`, `TLBIALL` with its VMID). */
  invalidateVm(): void;

  /** Where the guest goes on: the return address and saved state after an exception, else PC and state where it stopped. */
  guestPc(): bigint;
  setGuestPc(value: bigint): void;
  guestPstate(): number;
  setGuestPstate(value: number): void;

  /** ERET (after `budget` and `idle`: just goes on), then runs until there is a reason to stop, at the latest at `untilIcount`. */
  enter(untilIcount: number): EnterResult;
}
