import type { SystemCounter } from '../../core/cpu.ts';

/** One system register of the CPU, found once by name: the ways of exits must not look names up. */
export interface RegisterPort {
  read(): bigint;
  write(value: bigint): void;
  /** Bits [31:0] and [63:32] as unsigned numbers. */
  low(): number;
  high(): number;
  writeHalves(low: number, high: number): void;
}

/** Memory of the emulated host from physical address 0 on. Writes through these views need no further notice. */
export interface HostMemory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

/** The host's interrupt controller, as far as a resident hypervisor of one CPU uses it. */
export interface HostInterrupts {
  /** The level of a private interrupt's line now, enabled or not. */
  level(ppi: number): boolean;
  /** A disabled interrupt stays pending at the controller and does not leave the guest. */
  setEnabled(ppi: number, on: boolean): void;
}

/**
 * Why the guest stopped: the vector of the exception taken to EL2 from a lower level; `budget` when the instruction
 * count asked for was reached; `idle` when the guest waits in a WFI that HCR_EL2.TWI does not trap.
 */
export type EnterResult = 'sync' | 'irq' | 'fiq' | 'serror' | 'budget' | 'idle';

/**
 * The physical CPU under the resident hypervisor. After an exception it is at EL2; after `budget` and `idle` the guest
 * stands where it stopped, with nothing changed, so that where a run is cut leaves no trace in the guest.
 */
export interface GuestCpu {
  /** Instructions retired plus idle skips: the only clock. */
  readonly icount: number;
  /** Counts an instruction that trapped and that the hypervisor carried out: it is retired as any other. */
  retire(): void;
  readonly counter: SystemCounter;
  readonly host: HostMemory;
  readonly interrupts: HostInterrupts;

  /** X0..X30; 31 reads as zero and ignores writes. */
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
  /** The low and the high half of X0..X30, unsigned: the way of MMIO data without bigints. */
  xLow(n: number): number;
  xHigh(n: number): number;
  setXHalves(n: number, low: number, high: number): void;
  /** 64 bits of V0..V31: half 0 is bits [63:0]. */
  v(n: number, half: 0 | 1): bigint;
  setV(n: number, half: 0 | 1, value: bigint): void;

  /**
   * A system register by its name in the Arm ARM (`ESR_EL2`, `ICH_LR3_EL2`, `SP_EL1`, `OSLAR_EL1`), read and written as
   * MRS and MSR at EL2 would, with all effects.
   * @throws AssertionError where the CPU has no such register.
   */
  register(name: string): RegisterPort;
  /** `AT S1E1R` or `AT S1E0R`: leaves its result in PAR_EL1. */
  addressTranslate(operation: 'S1E1R' | 'S1E0R', va: bigint): void;
  /** `TLBI VMALLS12E1`: all of the current VMID. */
  invalidateVm(): void;
  /** `TLBI IPAS2E1` of one page, then what of stage 1 could rest on it. */
  invalidateIpa(ipa: bigint): void;

  /** Where the guest goes on: ELR_EL2 and SPSR_EL2 after an exception, else the PC and PSTATE where it stopped. */
  guestPc(): bigint;
  setGuestPc(value: bigint): void;
  guestPstate(): number;
  setGuestPstate(value: number): void;

  /** ERET (after `budget` and `idle`: just goes on), then runs until there is a reason to stop, at the latest at `untilIcount`. */
  enter(untilIcount: number): EnterResult;
}
