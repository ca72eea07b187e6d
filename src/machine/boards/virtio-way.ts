import { must } from '../../base/assert.ts';
import type { Stateful } from '../../base/stateful.ts';
import type { MmioDevice } from '../../devices/bus/mmio-bus.ts';
import type { IrqLine } from '../../devices/bus/ports.ts';
import { type DevicePorts, VirtioDevice } from '../../devices/virtio/device.ts';
import { EmptySlot } from '../../devices/virtio/empty-slot.ts';
import type { VirtioFunction } from '../../devices/virtio/function.ts';
import { MmioTransport } from '../../devices/virtio/mmio-transport.ts';
import type { Transport } from '../../devices/virtio/registers.ts';
import { type Board, virtioSlots } from './board.ts';

/** How devices interrupt. */
export interface WayPorts {
  readonly irq: (intid: number) => IrqLine;
  /** Makes an SPI pending, as a message to it does. */
  readonly message: (intid: number) => void;
}

/** What the guest reaches on a board, and what of it holds state. */
export interface Reached {
  readonly placed: readonly { readonly base: number; readonly size: number; readonly device: MmioDevice }[];
  readonly parts: readonly Stateful[];
}

/** By what virtio devices of a board are reached. */
export interface VirtioWay {
  /** Makes the next device; `intidOf` tells the INTID by which a queue interrupts now, where it does. */
  add(
    behind: VirtioFunction,
    ports: Omit<DevicePorts, 'irq'>,
  ): { readonly device: VirtioDevice; readonly intidOf: (queue: number) => number | undefined };
  /** Once all are made: what is on the board, and what of it holds state beside them. */
  finish(): Reached;
}

/** Slots of MMIO (virtio 1.2, 4.2), whether there is something in them or not. */
export function mmioWay(board: Board, transport: Transport, irq: WayPorts['irq']): VirtioWay {
  const places = virtioSlots(board);
  const made: VirtioDevice[] = [];
  return {
    add: (behind, ports) => {
      const { intid } = must(places[made.length], 'virtio slot');
      const device = new VirtioDevice(behind, { ...ports, irq: irq(intid) });
      made.push(device);
      return { device, intidOf: () => intid };
    },
    finish: () => ({
      placed: places.map(({ base, size }, slot) => {
        const device = made[slot];
        return { base, size, device: device ? new MmioTransport(device) : new EmptySlot(slot, transport) };
      }),
      parts: [],
    }),
  };
}
