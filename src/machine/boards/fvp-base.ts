import { GiB } from '../../base/limits.ts';
import type { Board } from './board.ts';
import { fvpMotherboard } from './fvp-motherboard.ts';

/**
 * Arm's Fixed Virtual Platform "Base" for ARMv8-A, the simulator of bhyve's first arm64 port (Linux arch/arm64/boot/dts/arm/fvp-base-revc.dts and
 * rtsm_ve-motherboard.dtsi; Trusted Firmware-A fdts/fvp-base-gicv3-psci-common.dtsi, whose counter has 100 MHz, fvp-base-gicv2-psci.dts for
 * the GICv2's places, and plat/arm/board/fvp/fvp_def.h, which SYS_ID follows: revision 0, board 0x020, the GIC's places of the A53 and A57, a
 * model). The virtio slots begin where that platform has its block device, with its interrupt. RAM has 2 GiB before the
 * map goes on at 0x8_8000_0000.
 */
export const fvpBase = {
  name: 'fvp-base',
  version: 1,
  compatible: ['arm,vfp-base', 'arm,vexpress'],
  model: 'FVP Base',
  cpuCompatible: { 'cortex-a57': 'arm,armv8', max: 'arm,armv8' },
  ramBase: 0x8000_0000,
  ramBytesMax: 2 * GiB,
  timerHz: 100_000_000,
  timerIntids: { securePhysical: 29, physical: 30, virtual: 27, hypervisor: 26 },
  pmuIntid: 23,
  gic: {
    distributor: { base: 0x2f00_0000, size: 0x1_0000 },
    redistributor: { base: 0x2f10_0000, size: 0x2_0000 },
    cpuInterface: { base: 0x2c00_0000, size: 0x2000 },
  },
  ...fvpMotherboard,
  vexpress: {
    sysregs: { base: 0x1c01_0000, size: 0x1000 },
    identity: { sysId: 0x0020_1100, procId0: 0xff00_0000 },
  },
  virtioMmio: { base: 0x1c13_0000, size: 0x200, intid: 74, slots: 32, transport: 2 },
} as const satisfies Board;
