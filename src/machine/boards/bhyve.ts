import type { Board } from './board.ts';

/** bhyve's arm64 platform (FreeBSD usr.sbin/bhyve/aarch64), as the first releases had it. */
export const bhyve1 = {
  name: 'bhyve',
  version: 1,
  compatible: 'freebsd,bhyve',
  model: 'freebsd,bhyve',
  cpuCompatible: { 'cortex-a57': 'arm,armv8', max: 'arm,armv8' },
  ramBase: 0x8000_0000,
  timerHz: 24_000_000,
  timerIntids: { securePhysical: 29, physical: 30, virtual: 27, hypervisor: 26 },
  gic: {
    distributor: { base: 0x2f00_0000, size: 0x1_0000 },
    redistributor: { base: 0x2f10_0000, size: 0x2_0000 },
  },
  apbHz: 24_000_000,
  console: 'pl011',
  pl011: { base: 0x1_0000, size: 0x1000, intid: 32 },
  pl031: { base: 0x1_1000, size: 0x1000, intid: 33 },
  deviceTreeOffset: 0x10_0000,
} as const satisfies Board;

/** The first with virtio slots, for which that platform has PCI: they lie behind the clock, and their interrupts behind PCI's INTA to INTD; and the performance monitors' interrupt. */
export const bhyve2 = {
  ...bhyve1,
  version: 2,
  pmuIntid: 23,
  virtioMmio: { base: 0x2_0000, size: 0x200, intid: 48, slots: 32, transport: 2 },
} as const satisfies Board;

/**
 * As bhyve has it: all INTIDs, and PCI with the windows and interrupts of usr.sbin/bhyve/aarch64/fdt.c and bhyverun_machdep.c. RAM that
 * does not fit below PCI's window is from 4 GiB on, where lib/libvmmapi/internal.h has RAM of any size.
 */
export const bhyve = {
  ...bhyve1,
  version: 3,
  ramBytesMax: 0x2000_0000,
  highRamBase: 0x1_0000_0000,
  pmuIntid: 23,
  intids: 1020,
  pci: {
    ecam: { base: 0xe000_0000, size: 0x1000_0000 },
    memory: { base: 0xa000_0000, size: 0x3f00_0000 },
    io: { base: 0xdf00_0000, size: 0x0100_0000 },
    intids: [34, 35, 36, 37],
    messages: { first: 256, count: 64 },
  },
} as const satisfies Board;
