import { assert } from '../../base/assert.ts';
import { hex } from '../../base/bits.ts';

/** Bytes of one access of a device. What the CPU does wider comes as words, in ascending order. */
export type DeviceAccessBytes = 1 | 2 | 4;

/** A device in the physical address space of the emulated host. Accesses are aligned, and lie within its `size` bytes. */
export interface PhysicalDevice {
  readonly name: string;
  readonly size: number;
  read(offset: number, bytes: DeviceAccessBytes): number;
  write(offset: number, bytes: DeviceAccessBytes, value: number): void;
}

/** Where a device stands in the physical address space. */
export interface DevicePlace {
  readonly base: number;
  readonly device: PhysicalDevice;
}

/** The emulated host's devices that the CPU accesses by itself, without an exit: all beyond its memory. */
export class PhysicalDevices {
  /** Derived from the configuration. */
  readonly #places: DevicePlace[] = [];

  attach(base: number, device: PhysicalDevice): void {
    for (const other of this.#places) {
      const isApart = base + device.size <= other.base || other.base + other.device.size <= base;
      assert(isApart, `${device.name} at ${hex(base)} overlaps ${other.device.name}`);
    }
    this.#places.push({ base, device });
  }

  /** The device that holds all `bytes` at the physical address. */
  find(pa: number, bytes: number): DevicePlace | undefined {
    return this.#places.find(({ base, device }) => pa >= base && pa + bytes <= base + device.size);
  }
}
