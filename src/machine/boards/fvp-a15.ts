import type { Board } from './board.ts';
import { fvpMotherboard } from './fvp-motherboard.ts';

/**
 * Arm's Fixed Virtual Platform "Versatile Express, Cortex-A15" in the RS1 memory map (Linux
 * arch/arm/boot/dts/vexpress-v2p-ca15-tc1.dts and vexpress-v2m-rs1.dtsi): what of it a guest of bhyve's ARMv7 port met.
 * RAM of 2 GiB reaches the place of that port's kernel.bin, 0xc0000000.
 */
export const fvpA15v1 = {
  name: 'fvp-a15',
  version: 1,
  compatible: ['arm,rtsm_ve,cortex_a15x1', 'arm,vexpress'],
  model: 'RTSM_VE_CortexA15x1',
  cpuCompatible: { 'cortex-a15': 'arm,cortex-a15' },
  ramBase: 0x8000_0000,
  timerHz: 24_000_000,
  timerIntids: { securePhysical: 29, physical: 30, virtual: 27, hypervisor: 26 },
  gic: {
    distributor: { base: 0x2c00_1000, size: 0x1000 },
    cpuInterface: { base: 0x2c00_2000, size: 0x2000 },
  },
  ...fvpMotherboard,
} as const satisfies Board;

/**
 * The same with virtio slots, from where the platform's own virtio block device is, with its interrupt (rtsm_ve-motherboard.dtsi). They
 * are legacy ones, as that port's were.
 */
export const fvpA15v2 = {
  ...fvpA15v1,
  version: 2,
  virtioMmio: { base: 0x1c13_0000, size: 0x200, intid: 74, slots: 32, transport: 1 },
} as const satisfies Board;

/**
 * The same with the motherboard's system registers, and its devices told as they are behind it. SYS_ID and SYS_PROCID0 are those of the
 * motherboard HBI-0190 and of the Cortex-A15 tile HBI-0237, as QEMU's vexpress-a15 has them.
 */
export const fvpA15 = {
  ...fvpA15v2,
  version: 3,
  vexpress: {
    sysregs: { base: 0x1c01_0000, size: 0x1000 },
    identity: { sysId: 0x1190_f500, procId0: 0x1400_0237 },
  },
} as const satisfies Board;

const bvm = { name: 'fvp-a15-bvm', console: 'bvmconsole' } as const;
/** With bhyve's debugging console where the first UART was, as FreeBSD/armv7 guests of that port use it. */
export const fvpA15BvmV1 = { ...fvpA15v1, ...bvm } as const satisfies Board;
/** Likewise, with virtio slots. */
export const fvpA15BvmV2 = { ...fvpA15v2, ...bvm } as const satisfies Board;
/** Likewise, with the system registers. */
export const fvpA15Bvm = { ...fvpA15, ...bvm } as const satisfies Board;
