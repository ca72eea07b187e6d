import type { GichPort, HostCpu } from '../arm-common/host-cpu.ts';

/** The physical ARMv7 CPU under the resident hypervisor: registers by the names of the Arm ARM (DDI 0406), `SP_svc` and `R8_fiq` among them. */
export interface GuestCpu extends HostCpu {
  readonly gich: GichPort;
  /** R0..R14 of the mode that the guest stands in, unsigned; 15 reads as zero and ignores writes. */
  r(n: number): number;
  setR(n: number, value: number): void;
  /** D0..D31. */
  d(n: number): bigint;
  setD(n: number, value: bigint): void;

  /** An address translation in HYP mode: leaves its result in PAR, in the 64-bit format. */
  addressTranslate(operation: `ATS1C${'P' | 'U'}${'R' | 'W'}`, va: number): void;
}
