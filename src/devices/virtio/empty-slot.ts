// virtio/: devices of virtio 1.2 by memory-mapped registers: the transport, its queues, and what is behind them.

import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import { MAGIC, REGISTER, registerNameAt, SLOT_BYTES, type Transport, VENDOR } from './registers.ts';

/** A slot without a device: a driver finds the transport, and DeviceID 0 (virtio 1.2, 4.2.2: such a device is to be ignored). */
export class EmptySlot implements MmioDevice {
  readonly name: string;
  readonly size = SLOT_BYTES;
  readonly #transport: Transport;

  constructor(slot: number, transport: Transport) {
    this.name = `virtio-mmio-${slot}`;
    this.#transport = transport;
  }

  read(offset: number, size: AccessSize): bigint {
    if (size !== 4) return 0n;
    if (offset === REGISTER.MagicValue) return BigInt(MAGIC);
    if (offset === REGISTER.Version) return BigInt(this.#transport);
    return offset === REGISTER.VendorID ? BigInt(VENDOR) : 0n;
  }

  write(): void {}

  registerName(offset: number): string | undefined {
    return registerNameAt(offset);
  }
}
