import type { HostCpu } from '../arm-common/host-cpu.ts';

/** The physical AArch64 CPU under the resident hypervisor. */
export interface GuestCpu extends HostCpu {
  /** X0..X30, the banks of AArch32 modes among them; 31 reads as zero and ignores writes. */
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
  /** The low and the high half of X0..X30, unsigned: the way of MMIO data without bigints. */
  xLow(n: number): number;
  xHigh(n: number): number;
  setXHalves(n: number, low: number, high: number): void;
  /** 64 bits of V0..V31: half 0 is bits [63:0]. */
  v(n: number, half: 0 | 1): bigint;
  setV(n: number, half: 0 | 1, value: bigint): void;

  /** AT: leaves its result in PAR_EL1. */
  addressTranslate(operation: `S1E${0 | 1}${'R' | 'W'}`, va: bigint): void;
  /** `TLBI IPAS2E1` of one page, then what of stage 1 could rest on it. */
  invalidateIpa(ipa: bigint): void;
}
