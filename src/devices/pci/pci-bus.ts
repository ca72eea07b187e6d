import { assert } from '../../base/assert.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import type { IrqLine } from '../bus/ports.ts';
import { type BarAccess, type FunctionBehind, PciFunction } from './function.ts';
import { type MessagePort, MSIX_BAR_BYTES } from './msix.ts';

/** Devices of a bus (PCI Express 3.0, 7.2.2). */
export const SLOTS = 32;
const FUNCTION_BYTES = 0x1000;
const SLOT_BYTES = 8 * FUNCTION_BYTES;
const BUS_BYTES = SLOTS * SLOT_BYTES;
const LOW_32 = 0xffff_ffffn;

interface Window {
  readonly base: number;
  readonly size: number;
}

/** What a bus is joined to. */
export interface PciPorts {
  /** The window in which BARs are decoded. */
  readonly memory: Window;
  /** Of INTA to INTD. */
  readonly irq: readonly [IrqLine, IrqLine, IrqLine, IrqLine];
  readonly message: MessagePort;
}

/** A bus with functions side by side: the first of each device, from device 0 on. */
export class PciBus {
  readonly functions: readonly PciFunction[];
  readonly #memory: Window;

  constructor(behind: readonly FunctionBehind[], { memory, irq, message }: PciPorts) {
    assert(behind.length <= SLOTS, 'a bus has 32 devices');
    this.#memory = memory;
    const bases = placesOf(behind, memory);
    this.functions = behind.map(
      (one, slot): PciFunction =>
        new PciFunction(one, {
          slot,
          bases: bases[slot] as (typeof bases)[number],
          message,
          pin: {
            // Pins of devices rotate by one from each to the next, and several share a line.
            set: (level) => {
              const isHeld = this.functions.some((other, n) => n !== slot && n % 4 === slot % 4 && other.asserts);
              if (!isHeld) (irq[(slot % 4) as 0 | 1 | 2 | 3] as IrqLine).set(level);
            },
          },
        }),
    );
  }

  /** What of the bus is in the guest's physical address space: configuration space by ECAM, and its window. */
  devices(ecam: Window): readonly { readonly base: number; readonly device: MmioDevice }[] {
    const { base, size } = this.#memory;
    return [
      { base: ecam.base, device: this.#ecam(ecam.size) },
      { base, device: this.#window(size) },
    ];
  }

  #function(offset: number): PciFunction | undefined {
    if (offset >= BUS_BYTES || offset % SLOT_BYTES >= FUNCTION_BYTES) return undefined;
    return this.functions[Math.floor(offset / SLOT_BYTES)];
  }
  /** Configuration space (7.2.2), as bhyve answers: where there is no function, and by accesses that are none, all ones. */
  #ecam(size: number): MmioDevice {
    const found = (offset: number, bytes: AccessSize) =>
      bytes <= 4 && offset % bytes === 0 ? this.#function(offset) : undefined;
    return {
      name: 'pci-ecam',
      size,
      reachesMemory: true,
      read: (offset, bytes) => {
        const one = found(offset, bytes);
        return one ? BigInt(one.readConfig(offset % FUNCTION_BYTES, bytes)) : ones(bytes);
      },
      write: (offset, bytes, value, vcpu) =>
        found(offset, bytes)?.writeConfig(offset % FUNCTION_BYTES, bytes, Number(value & LOW_32), vcpu),
      nameAt: (offset) => {
        const one = this.#function(offset);
        return one && joined(one.behind.label, one.config.nameAt(offset % FUNCTION_BYTES));
      },
    };
  }

  /** The first function, in their order, with a BAR there. */
  #find(offset: number, bytes: number) {
    const at = this.#memory.base + offset;
    for (const one of this.functions) {
      const place = one.find(at, bytes);
      if (place !== undefined) return { one, ...place };
    }
    return undefined;
  }
  /** BARs wherever the guest has put them: 8 bytes are two accesses of 4, and what no BAR has is all ones. */
  #window(size: number): MmioDevice {
    const read = (offset: number, bytes: BarAccess): bigint => {
      const found = this.#find(offset, bytes);
      return found ? BigInt(found.one.readBar(found.bar, found.offset, bytes)) : ones(bytes);
    };
    const write = (offset: number, bytes: BarAccess, value: bigint, vcpu: number): void => {
      const found = this.#find(offset, bytes);
      found?.one.writeBar(found.bar, found.offset, bytes, Number(value), vcpu);
    };
    return {
      name: 'pci-memory',
      size,
      reachesMemory: true,
      read: (offset, bytes) => (bytes === 8 ? read(offset, 4) | (read(offset + 4, 4) << 32n) : read(offset, bytes)),
      write: (offset, bytes, value, vcpu) => {
        if (bytes === 8) {
          write(offset, 4, value & LOW_32, vcpu);
          write(offset + 4, 4, value >> 32n, vcpu);
        } else write(offset, bytes, value & ((1n << BigInt(8 * bytes)) - 1n), vcpu);
      },
      nameAt: (offset) => {
        const found = this.#find(offset, 1);
        return found && joined(found.one.behind.label, found.one.barNameAt(found.bar, found.offset));
      },
    };
  }
}

const ones = (bytes: number): bigint => (1n << BigInt(8 * bytes)) - 1n;
const joined = (device: string, register: string | undefined): string => `${device} ${register ?? ''}`.trimEnd();

/** Where BARs lie at reset: the largest first, in the order of their functions, as bhyve's (usr.sbin/bhyve/pci_emul.c). */
function placesOf(behind: readonly FunctionBehind[], { base, size }: Window) {
  const places = behind.map(() => ({ registers: 0, msix: 0 }));
  const wanted = behind.flatMap(({ barBytes }, slot) =>
    barBytes === 0
      ? []
      : [
          { slot, bar: 'registers' as const, bytes: barBytes },
          { slot, bar: 'msix' as const, bytes: MSIX_BAR_BYTES },
        ],
  );
  let next = base;
  for (const { slot, bar, bytes } of wanted.sort((a, b) => b.bytes - a.bytes)) {
    const at = Math.ceil(next / bytes) * bytes;
    assert(at + bytes <= base + size, 'BARs fit in their window');
    (places[slot] as (typeof places)[number])[bar] = at;
    next = at + bytes;
  }
  return places;
}
