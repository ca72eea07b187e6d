// bus/: how devices are reached, and what they see of the machine: line, clock, sink, saved state.

import { assert } from '../../base/assert.ts';
import { hex, numberOf } from '../../base/bits.ts';
import type { Ipa } from '../../base/brands.ts';

/** Bytes of one access. */
export type AccessSize = 1 | 2 | 4 | 8;

/** A device as the bus sees it. Accesses lie within its `size` bytes. */
export interface MmioDevice {
  readonly name: string;
  /** Bytes of address space. */
  readonly size: number;
  /** Its registers change with time alone. */
  readonly tellsTime?: true;
  /** What is written to it may change the guest's memory, or what of it is mapped. */
  readonly reachesMemory?: true;
  /** What is written to it may end the run. */
  readonly turnsPower?: true;
  /** `vcpu`: who accesses it, of whom a device with banked registers has one each. */
  read(offset: number, size: AccessSize, vcpu: number): bigint;
  write(offset: number, size: AccessSize, value: bigint, vcpu: number): void;
  /** The register at `offset` by its manual's name, where it has one. */
  registerName?(offset: number): string | undefined;
  /** Of a window on other devices: device and register there. */
  nameAt?(offset: number): string | undefined;
}

/** One device's place in the guest's physical address space. */
export interface Mapping {
  readonly base: number;
  readonly end: number;
  readonly device: MmioDevice;
}

/** The guest's device address space. An access that meets no device is for the hypervisor to abort. */
export class MmioBus {
  /** Derived from the configuration. */
  readonly #mappings: Mapping[] = [];
  /** The one that was found last: derived, as mappings stay. */
  #found: Mapping | undefined;
  /** Saved by the machine: what the next read gives, whatever the device says. */
  answer: bigint | null = null;

  attach(base: Ipa, device: MmioDevice): void {
    const from = Number(base);
    const end = from + device.size;
    assert(device.size > 0 && Number.isSafeInteger(end), `${device.name} has a range`);
    for (const m of this.#mappings) {
      assert(m.device.name !== device.name, `two devices are named ${device.name}`);
      assert(end <= m.base || m.end <= from, `${device.name} at ${hex(from)} overlaps ${m.device.name}`);
    }
    this.#mappings.push({ base: from, end, device });
    this.#mappings.sort((a, b) => a.base - b.base);
  }

  /** All mappings, by ascending address. */
  get mappings(): readonly Mapping[] {
    return this.#mappings;
  }

  /** The mapping that holds all `size` bytes at `ipa`. */
  find(ipa: Ipa, size: AccessSize = 1): Mapping | undefined {
    const at = numberOf(ipa);
    // A guest stays with a device for a while.
    const last = this.#found;
    if (last !== undefined && at >= last.base && at + size <= last.end) return last;
    for (const m of this.#mappings) if (at >= m.base && at + size <= m.end) return (this.#found = m);
    return undefined;
  }

  /** Device and register at `ipa`, by the names of their manuals. */
  nameAt(ipa: Ipa): string | undefined {
    const mapping = this.find(ipa);
    if (mapping === undefined) return undefined;
    const { device, base } = mapping;
    const other = device.nameAt?.(Number(ipa) - base);
    if (other !== undefined) return other;
    return `${device.name} ${device.registerName?.(Number(ipa) - base) ?? ''}`.trimEnd();
  }

  /** The value read, or undefined where nothing answers (an external abort). */
  read(ipa: Ipa, size: AccessSize, vcpu = 0): bigint | undefined {
    const mapping = this.find(ipa, size);
    const value = mapping?.device.read(numberOf(ipa) - mapping.base, size, vcpu);
    const { answer } = this;
    if (answer === null || value === undefined) return value;
    this.answer = null;
    return BigInt.asUintN(8 * size, answer);
  }

  /** False where nothing answers (an external abort). */
  write(ipa: Ipa, size: AccessSize, value: bigint, vcpu = 0): boolean {
    const mapping = this.find(ipa, size);
    mapping?.device.write(numberOf(ipa) - mapping.base, size, value, vcpu);
    return mapping !== undefined;
  }
}
