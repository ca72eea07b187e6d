import { limits } from '../../base/limits.ts';
import type { FlashGeometry } from '../../devices/flash/query.ts';
import type { SysregsIdentity } from '../../devices/vexpress/controller.ts';
import type { CpuModel } from '../arch.ts';
import type { Versioned } from '../versioned.ts';

/** INTIDs of a board's GIC, as the `virt` machine's has where a board says nothing else. */
export const intidsOf = ({ intids = 288 }: Pick<Board, 'intids'>): number => intids;

/** The places of a board's virtio slots. */
export const virtioSlots = ({ virtioMmio }: Board): readonly DevicePlace[] =>
  Array.from({ length: virtioMmio?.slots ?? 0 }, (_, n) => {
    const { base, size, intid } = virtioMmio as DevicePlace;
    return { base: base + size * n, size, intid: intid + n };
  });

/** An address range of the guest's physical address space. */
export interface Range {
  readonly base: number;
  readonly size: number;
}

/** Where a machine's RAM lies on a board. */
export function ramOf(
  {
    ramBase,
    ramBytesMax = limits.ramBytesMax,
    highRamBase = ramBase,
  }: Pick<Board, 'ramBase' | 'ramBytesMax' | 'highRamBase'>,
  memoryBytes: number,
): Range {
  return { base: memoryBytes <= ramBytesMax ? ramBase : highRamBase, size: memoryBytes };
}

/** Bytes of all of a board's flash. */
export const bytesOfFlash = ({ flash }: Pick<Board, 'flash'>): number =>
  flash ? flash.banks.length * flash.geometry.blockBytes * flash.geometry.blocks : 0;

/** A device's range with its interrupt, an INTID (SPIs from 32). */
export interface DevicePlace extends Range {
  readonly intid: number;
}

/**
 * A board is data: a memory map, interrupts and clocks. Addresses are guest-physical, frequencies in Hz. A change of one that has
 * been on tapes is another board with the next version.
 */
export interface Board extends Versioned {
  /** The device tree's root compatible and model. */
  readonly compatible: string | readonly string[];
  readonly model: string;
  /** The processors that the board is to be had with, each with its compatible. */
  readonly cpuCompatible: { readonly [C in CpuModel]?: string };
  readonly ramBase: number;
  /** Bytes of RAM that the map has room for there; absent: what `limits` allow. */
  readonly ramBytesMax?: number;
  /** Where RAM of more than that lies, all of it; absent: there is no more. */
  readonly highRamBase?: number;
  /** CNTFRQ_EL0. */
  readonly timerHz: number;
  /** The generic timer's PPIs, as INTIDs. */
  readonly timerIntids: {
    readonly securePhysical: number;
    readonly physical: number;
    readonly virtual: number;
    readonly hypervisor: number;
  };
  /** The PPI of the CPUs' performance monitors, likewise; absent on a board where they interrupt nobody. */
  readonly pmuIntid?: number;
  /** INTIDs of the interrupt controller, private ones included; 288 where it is left out. */
  readonly intids?: number;
  readonly gic: {
    readonly distributor: Range;
    /** One frame pair a vCPU, side by side; `size` is one vCPU's. Absent on a board that has GICv2 only. */
    readonly redistributor?: Range;
    /** GICv2's CPU interface; absent on a board that has GICv3 only. */
    readonly cpuInterface?: Range;
  };
  /** The clock of the UART and of the APB. */
  readonly apbHz: number;
  /** What the guest's console is. */
  readonly console: 'pl011' | 'bvmconsole';
  /** The first serial port, or the console that stands in its place. */
  readonly pl011: DevicePlace;
  /** Serial ports with nothing at their other end. */
  readonly otherPl011s?: readonly DevicePlace[];
  readonly pl031: DevicePlace;
  /** Dual timers, with the clock that they count. */
  readonly sp804?: { readonly timclkHz: number; readonly places: readonly DevicePlace[] };
  /** The board's devices are those of Arm's Versatile Express motherboard, which has these system registers. */
  readonly vexpress?: { readonly sysregs: Range; readonly identity: SysregsIdentity };
  /** Slots side by side, `size` bytes and one INTID each, whether a device is in them or not. */
  readonly virtioMmio?: DevicePlace & {
    readonly slots: number;
    /** The transport that they have: 1 is the legacy one (virtio 1.2, 4.2.2 and 4.2.4). */
    readonly transport: 1 | 2;
  };
  /** A PCI host bridge by ECAM, behind which virtio devices are, one a slot from 1 on. */
  readonly pci?: {
    readonly ecam: Range;
    /** Where BARs of memory are decoded, and the window of I/O behind it, in which nothing is. */
    readonly memory: Range;
    readonly io: Range;
    /** INTA to INTD. */
    readonly intids: readonly [number, number, number, number];
    /** The SPIs that the guest is told to have messages for. */
    readonly messages: { readonly first: number; readonly count: number };
  };
  /** Banks of NOR flash by their addresses, all of one geometry; the guest's first instruction is the first one's where there is firmware. */
  readonly flash?: { readonly banks: readonly number[]; readonly geometry: FlashGeometry };
  /** QEMU's firmware configuration device. */
  readonly fwCfg?: Range;
  /** The GPIO with the power key. */
  readonly pl061?: DevicePlace;
  /** Bytes from RAM's base to the device tree, where the board fixes it. */
  readonly deviceTreeOffset?: number;
}
