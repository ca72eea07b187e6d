import type { Icount } from '../../base/brands.ts';

/** An interrupt line into the interrupt controller. Devices call it on a change of level only. */
export interface IrqLine {
  set(level: boolean): void;
}

/** Virtual time, a function of retired instructions and idle skips. */
export interface Clock {
  icount(): Icount;
  /** Nanoseconds since the machine's reset. */
  nanoseconds(): bigint;
  /** The first instruction count at which `nanoseconds()` is at least `nanoseconds`. */
  icountAt(nanoseconds: bigint): Icount;
}

/** Where a device's output bytes go. */
export interface ByteSink {
  write(byte: number): void;
}

/** The power of the whole machine, as a device turns it; the run ends once the access is through. */
export interface SystemPower {
  off(): void;
  reset(): void;
}

/** A device that acts by itself at a known moment. */
export interface DeadlineSource {
  /** When to call `poll()` next; undefined while nothing is due. */
  nextDeadline(): Icount | undefined;
  /** Does what is due by now; harmless when called early or often. */
  poll(): void;
}

/** The guest's memory as a device reaches it, by guest-physical addresses. */
export interface DmaPort {
  /** The bytes there, to read and not to keep; undefined where a part of them is no memory. */
  read(at: bigint, bytes: number): Uint8Array | undefined;
  /** False, and nothing written, where a part of the range is no memory that a device may write. */
  write(at: bigint, bytes: Uint8Array): boolean;
}
