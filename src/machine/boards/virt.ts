import type { Board } from './board.ts';

/** The map of the well-known `virt` machine, as the first releases had it. */
export const virt1 = {
  name: 'virt',
  version: 1,
  compatible: 'linux,dummy-virt',
  model: 'linux,dummy-virt',
  cpuCompatible: { 'cortex-a57': 'arm,cortex-a57', 'cortex-a15': 'arm,cortex-a15', max: 'arm,armv8' },
  ramBase: 0x4000_0000,
  timerHz: 62_500_000,
  timerIntids: { securePhysical: 29, physical: 30, virtual: 27, hypervisor: 26 },
  gic: {
    distributor: { base: 0x0800_0000, size: 0x1_0000 },
    redistributor: { base: 0x080a_0000, size: 0x2_0000 },
    cpuInterface: { base: 0x0801_0000, size: 0x1_0000 },
  },
  apbHz: 24_000_000,
  console: 'pl011',
  pl011: { base: 0x0900_0000, size: 0x1000, intid: 33 },
  pl031: { base: 0x0901_0000, size: 0x1000, intid: 34 },
} as const satisfies Board;

/** The same with its virtio slots, its flash of two banks of 64 MiB in blocks of 256 KiB, fw_cfg, power key, and the CPUs' PMU interrupt. */
export const virt = {
  ...virt1,
  version: 2,
  pmuIntid: 23,
  virtioMmio: { base: 0x0a00_0000, size: 0x200, intid: 48, slots: 32, transport: 2 },
  flash: { banks: [0, 0x0400_0000], geometry: { blockBytes: 0x4_0000, blocks: 256 } },
  fwCfg: { base: 0x0902_0000, size: 0x18 },
  pl061: { base: 0x0903_0000, size: 0x1000, intid: 39 },
} as const satisfies Board;
