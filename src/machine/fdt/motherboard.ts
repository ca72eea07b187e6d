import type { Board } from '../boards/board.ts';
import { type FdtNode, node, type PropertyValue, reg64 } from './tree.ts';

/** How nodes say where their devices are, and what they are called: at the root, or behind a bus. */
export interface Surroundings {
  /** Of the node that they are in, with a slash at its end. */
  readonly path: string;
  readonly names: { readonly [kind in 'serial' | 'rtc' | 'virtio']: string };
  /** Bytes of address that the bus begins at. */
  readonly base: number;
  readonly reg: (base: number, size: number) => readonly number[];
}

/** Addresses and sizes of two cells, names as the well-known `virt` machine's. */
export const atRoot: Surroundings = {
  path: '/',
  names: { serial: 'pl011', rtc: 'pl031', virtio: 'virtio_mmio' },
  base: 0,
  reg: reg64,
};

/**
 * Of the motherboard Express in the RS1 memory map (Linux arch/arm/boot/dts/vexpress-v2m-rs1.dtsi): chip selects of 64 MiB, of which the
 * fourth, CS3, holds the peripherals.
 */
const CHIP_SELECTS = [0x0800_0000, 0x1400_0000, 0x1800_0000, 0x1c00_0000, 0x0c00_0000, 0x1000_0000] as const;
const CHIP_SELECT_BYTES = 0x0400_0000;
const [FIRST] = CHIP_SELECTS;
const ALL_BYTES = CHIP_SELECT_BYTES * CHIP_SELECTS.length;
const IOFPGA = { select: 3, base: CHIP_SELECTS[3], size: 0x20_0000 } as const;

/** Addresses from where the peripherals begin, and names as in Linux's trees. */
export const atMotherboard: Surroundings = {
  path: `/bus@${FIRST.toString(16)}/motherboard-bus@${FIRST.toString(16)}/iofpga-bus@${IOFPGA.select}00000000/`,
  names: { serial: 'serial', rtc: 'rtc', virtio: 'virtio' },
  base: IOFPGA.base,
  reg: (base, size) => [base - IOFPGA.base, size],
};

const bus = (name: string, address: number, size: number, ranges: readonly number[], children: readonly FdtNode[]) => {
  const compatible: PropertyValue = name.startsWith('motherboard')
    ? ['arm,vexpress,v2m-p1', 'simple-bus']
    : 'simple-bus';
  return node(name, { compatible, '#address-cells': address, '#size-cells': size, ranges }, children);
};

/** Registers that are general purpose inputs and outputs, by their offsets. */
const GPIOS = { sys_led: 0x08, sys_mci: 0x48, sys_flash: 0x4c } as const;

/** Linux bindings: arm/vexpress-sysreg.yaml. */
function sysregNode({ base, size }: NonNullable<Board['vexpress']>['sysregs'], phandle: number): FdtNode {
  const place = atMotherboard.reg(base, size);
  return node(
    `sysreg@${place[0]?.toString(16)}`,
    {
      phandle,
      compatible: 'arm,vexpress-sysreg',
      reg: place,
      '#address-cells': 1,
      '#size-cells': 1,
      ranges: [0, ...place],
    },
    Object.entries(GPIOS).map(([name, at]) =>
      node(`gpio@${at.toString(16)}`, {
        compatible: `arm,vexpress-sysreg,${name}`,
        reg: [at, 4],
        'gpio-controller': true,
        '#gpio-cells': 2,
      }),
    ),
  );
}

/** What the motherboard's controller does about its power, as SYS_CFGCTRL's function and device. */
const POWER_FUNCTIONS = { reset: [5, 0], shutdown: [8, 0], reboot: [9, 0] } as const;

/** Linux bindings: arm/vexpress-config.yaml. Without a site of its own it is the motherboard's. */
function controllerNode(sysreg: number): FdtNode {
  const functions = Object.entries(POWER_FUNCTIONS).map(([name, func]) =>
    node(name, { compatible: `arm,vexpress-${name}`, 'arm,vexpress-sysreg,func': func }),
  );
  return node('mcc', { compatible: 'arm,vexpress,config-bus', 'arm,vexpress,config-bridge': sysreg }, functions);
}

/**
 * The motherboard with its devices. The specifiers of their interrupts are the interrupt controller's own: FreeBSD follows no
 * interrupt-map of a bus like this (sys/dev/ofw/ofw_bus_subr.c, ofw_bus_intr_to_rl), by which Linux's trees say the same.
 * @param phandle a number for the node of the system registers
 */
export function motherboardNodes({ vexpress }: Board, devices: readonly FdtNode[], phandle: number): FdtNode[] {
  if (!vexpress) return [];
  const { select, size } = IOFPGA;
  const peripherals = bus(
    `iofpga-bus@${select}00000000`,
    1,
    1,
    [0, select, 0, size],
    [sysregNode(vexpress.sysregs, phandle), ...devices],
  );
  const selects = CHIP_SELECTS.flatMap((base, n) => [n, 0, base, CHIP_SELECT_BYTES]);
  const motherboard = bus(`motherboard-bus@${FIRST.toString(16)}`, 2, 1, selects, [peripherals]);
  return [
    controllerNode(phandle),
    bus(`bus@${FIRST.toString(16)}`, 1, 1, [FIRST, ...reg64(FIRST, ALL_BYTES).slice(0, 2), ALL_BYTES], [motherboard]),
  ];
}
